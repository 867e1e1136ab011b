using EdgeProxy.Bots;
using EdgeProxy.Lanes;

namespace EdgeProxy.Outbox;

/// <summary>
/// The outbox: a message is posted once, kept until it has an end, and never sent twice by us. This class runs its engine over a store; around it:
/// <code>
/// MessagesEndpoint ──accept──▶ IOutboxStore ◀──look, decide── MessagesEndpoint, outbox command
///   (one file an operation)        │ one file, SQLite; every change of state is OutboxTransaction.Move
///                                  ▼ IOutboxWork: the same store, seen by its one owner
///                  OutboxLoop ──▶ LaneSender ──▶ Telegram        OutboxSweepLoop: what time brings
///                                  │ final states with a callback_url
///                                  ▼
///                            CallbackLoop ──▶ callback_url
/// </code>
/// The way of a message:
/// 1. Accepted. The endpoint checks every field; the store writes the row, under its Idempotency-Key if it has one. 202 only when that is on disk. Works
///    of many callers share one transaction (OutboxWriter), so an fsync is paid by all of them together.
/// 2. Queued. It stands in a queue (a bot and priority, or a broadcast) and there in a lane (its chat). An index over what is ready is the queue: ten
///    million messages are rows and not objects. A message with not_before is not ready before OutboxSweepLoop makes it so.
/// 3. Chosen. OutboxLoop holds a window of messages in flight and fills it from all queues in turn, one message a lane: a chat keeps its order,
///    and no chat, bot or broadcast holds up another. When a walk over a queue finds nothing, only lanes that the store names (OutboxHint) are asked.
/// 4. In its lane. LaneSender lets it wait for Telegram's limits. It may still be cancelled, paused or expire: the store has the last word.
/// 5. Sending. Before the first byte of an attempt the store writes "sending" with the owner's epoch, or refuses (SendPermit).
/// 6. Ended. OutboxVerdict says what the answer means: sent, failed, suppressed, in doubt (unknown), or queued again after a rest of its chat. That is
///    written before the chat goes on; while the disk fails it is tried again, because forgetting that a message was sent would send it twice.
///
/// What may go wrong: the process dies between 5 and 6. The next start raises the epoch, and finds the message as "sending" of an old one: nobody knows
/// whether it arrived, so it becomes unknown and waits for a decision, or is queued again where on_unknown is resend. A former owner that still runs is
/// refused, for its epoch is over. That is all that "exactly once" can mean over an API without idempotency: every doubt is visible, and none is hidden.
///
/// In a cluster the store is PostgreSQL's (PostgresOutbox), and everything above happens in every process, but for one thing: a bot's messages are sent
/// by one process at a time. OutboxOwnership says by which: it holds a lease on the bot, each taking raises the bot's epoch, and steps 5 and 6 are refused
/// under an old one. A process that was stopped between step 5 and the first byte asks its own clock once more, when the connection stands: while its
/// lease may be over it sends nothing (IOutboxWork.MayLeave). What it marked is in doubt for its heir, although it never left: rather that than twice.
///
/// A broadcast is its message once and a row a chat; its recipients are messages like others. Its counts are kept in outbox_tally with each change of
/// state, so that they always add up. Pausing and cancelling change one row: step 5 asks for it.
/// </summary>
internal sealed class OutboxHost
{
    private readonly IOutboxWork _store;
    private readonly BotRegistry _bots;
    private readonly TimeProvider _time;
    private readonly OutboxLoop _loop;
    private readonly OutboxSweepLoop _sweep;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private Task _sweeping = Task.CompletedTask;
    private int _stopped;

    public OutboxHost(IOutboxWork store, BotRegistry bots, LaneSender sender, OutboxSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        ILogger logger = loggers.CreateLogger("EdgeProxy.Outbox");
        (_store, _bots, _time) = (store, bots, time);
        _loop = new OutboxLoop(store, bots, sender, settings, time, logger);
        _sweep = new OutboxSweepLoop(store, _loop, new UploadSweep(store, settings, time), time, logger);
    }

    /// <summary>Becomes the owner and begins to send, in the background; a state file that cannot be written yet is waited for.</summary>
    public void Start()
    {
        _store.Changed += _loop.Take;
        _running = Task.Run(_loop.RunAsync);
        _sweeping = Task.Run(() => _sweep.RunAsync(_stop.Token));
        OutboxMetrics.Show(this);
    }

    /// <summary>Ends within twice Limits.OutboxStopMs. Call before the sender and the state file are closed.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        OutboxMetrics.Hide(this);
        _store.Changed -= _loop.Take;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.StopAsync(_running).ConfigureAwait(false);
        await _sweeping.ConfigureAwait(false);
        await _store.EndAsync().ConfigureAwait(false);
    }

    /// <summary>Any thread, while the store is open.</summary>
    public OutboxState Snapshot()
    {
        OutboxSnapshot[] bots = new OutboxSnapshot[_bots.All.Count];
        for (int i = 0; i < bots.Length; i++)
        {
            Bot bot = _bots.All[i];
            IReadOnlyList<long> tally = _store.Tally(bot.Id);
            bots[i] = new OutboxSnapshot(
                bot.Name, tally[(int)MessageState.Queued], tally[(int)MessageState.Sending], tally[(int)MessageState.Unknown]);
        }

        long oldest = _store.OldestReadyUnixMs();
        long ageMs = oldest == 0 ? 0 : Math.Max(0, _time.GetUtcNow().ToUnixTimeMilliseconds() - oldest);
        return new OutboxState(_loop.IsRunning, _loop.InFlight, ageMs, bots);
    }
}

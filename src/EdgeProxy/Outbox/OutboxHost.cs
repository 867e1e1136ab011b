using EdgeProxy.Bots;
using EdgeProxy.Lanes;

namespace EdgeProxy.Outbox;

/// <summary>Runs the outbox's loops over a store.</summary>
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
        await _loop.StopAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _sweeping.ConfigureAwait(false);
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

using System.Collections.Concurrent;
using System.Threading.Channels;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// Takes messages from the store and hands them to the lanes. Steps:
/// 1. Become the owner: a new epoch; what earlier owners left in doubt is settled by the store.
/// 2. Wait until something ended, came, or a tick passed.
/// 3. Take in what ended and what came.
/// 4. Fill the window: every queue in turn, a small portion each, so that no bot, chat or broadcast holds up another.
/// A message in the window waits in its lane, is marked as sending when the lane grants it, leaves, and its end is written before its chat goes on.
/// The window bounds memory whatever the backlog: the rest stays on disk.
/// </summary>
internal sealed partial class OutboxLoop
{
    private readonly IOutboxWork _store;
    private readonly BotAccess _bots;
    private readonly LaneSender _sender;
    private readonly OutboxSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentQueue<OutboxSend> _ended = new();
    private readonly ConcurrentQueue<OutboxHint> _hints = new();
    private readonly ConcurrentDictionary<OutboxSend, bool> _flights = new();
    private readonly Dictionary<long, OutboxQueue> _queues = [];
    private readonly List<OutboxQueue> _turns = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp = new();
    private int _turn;
    private long _bytes;
    private long _epoch;
    private volatile bool _refresh = true;
    private volatile bool _wakeAll;
    private volatile bool _wakeBroadcasts;
    private int _window;
    private volatile bool _fenced;

    public OutboxLoop(IOutboxWork store, BotRegistry bots, LaneSender sender, OutboxSettings settings, TimeProvider time, ILogger logger)
    {
        (_store, _bots, _sender, _settings, _time, _logger) = (store, new BotAccess(bots), sender, settings, time, logger);
    }

    /// <summary>This owner's epoch; 0 before it owns anything.</summary>
    public long Epoch => Volatile.Read(ref _epoch);
    public bool IsRunning => Epoch != 0 && !_fenced;
    public int InFlight => Volatile.Read(ref _window);
    private bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>What the store says after a commit.</summary>
    public void Take(IReadOnlyList<OutboxHint> hints, bool broadcastsChanged)
    {
        if (_hints.Count < Limits.OutboxNamedLanesMax)
        {
            foreach (OutboxHint hint in hints) _hints.Enqueue(hint);
        }
        else
        {
            _wakeAll = true;
        }

        if (broadcastsChanged) _refresh = true;
        Signal();
    }

    /// <summary>Asks the store again which queues there are, and wakes broadcasts when chats have rested.</summary>
    public void Tick(bool restEnded)
    {
        _refresh = true;
        if (restEnded) _wakeBroadcasts = true;
        Signal();
    }

    public void Signal() => _signal.Writer.TryWrite(true);

    /// <summary>Runs until <see cref="StopAsync"/>.</summary>
    public async Task RunAsync()
    {
        try
        {
            // 1. The owner.
            await BeginAsync().ConfigureAwait(false);
            while (!IsStopping && !_fenced)
            {
                await RoundAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (IsStopping)
        {
            // Asked to stop.
        }
    }

    /// <summary>2. to 4. A store that cannot be read ends the round, not the loop: after a tick's rest comes another, and asks for everything anew.</summary>
    private async Task RoundAsync()
    {
        await _signal.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            TakeEnded();
            if (_refresh) await RefreshAsync().ConfigureAwait(false);
            TakeHints();
            await FillAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogRound(_logger, error);
            (_refresh, _wakeAll) = (true, true);

            // Its own signal: the sweeps' ticks may be busy with a large broadcast or with the retention, or fail as this round did.
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.OutboxTickMs), _time, _stop.Token).ConfigureAwait(false);
            Signal();
        }
    }

    /// <summary>
    /// 1. The round under way ends, and nothing new begins. 2. What waits in its lane goes back. 3. What has left may end, within Limits.OutboxStopMs.
    /// 4. Then it is cut off: what nobody knows becomes unknown. The store and the sender must still be open.
    /// </summary>
    /// <param name="running">The task of <see cref="RunAsync"/>.</param>
    public async Task StopAsync(Task running)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        foreach (OutboxSend send in _flights.Keys) send.Drop();
        await WaitForFlightsAsync().ConfigureAwait(false);
        foreach (OutboxSend send in _flights.Keys) send.CutOff();
        await _giveUp.CancelAsync().ConfigureAwait(false);
        await WaitForFlightsAsync().ConfigureAwait(false);
        if (!_flights.IsEmpty) LogLeft(_logger, _flights.Count);
    }

    private async Task WaitForFlightsAsync()
    {
        long start = _time.GetTimestamp();
        while (!_flights.IsEmpty && _time.GetElapsedTime(start).TotalMilliseconds < Limits.OutboxStopMs)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.OutboxStopPollMs), _time).ConfigureAwait(false);
        }
    }

    private async Task BeginAsync()
    {
        while (true)
        {
            long epoch = await _store.BeginAsync().ConfigureAwait(false);
            if (epoch != 0)
            {
                Volatile.Write(ref _epoch, epoch);
                LogBegun(_logger, epoch);
                Signal();
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Limits.OutboxRestMsMin), _time, _stop.Token).ConfigureAwait(false);
        }
    }

    private void TakeEnded()
    {
        long nowUnixMs = NowUnixMs();
        while (_ended.TryDequeue(out OutboxSend? send))
        {
            _bytes -= send.Message.Parameters.Length;
            _window--;
            if (_queues.TryGetValue(send.Message.Queue, out OutboxQueue? queue)) queue.Ended(send, nowUnixMs);
            send.Dispose();
        }
    }

    private void TakeHints()
    {
        while (_hints.TryDequeue(out OutboxHint hint)) QueueOf(hint.Queue)?.Name(hint.Lane);
        if (!_wakeAll && !_wakeBroadcasts) return;
        // Chats that rested are named one by one in ordinary queues; in broadcasts their messages are met again by walking.
        bool all = _wakeAll;
        (_wakeAll, _wakeBroadcasts) = (false, false);
        foreach (OutboxQueue queue in _turns)
        {
            if (all || queue.IsBroadcast) queue.Wake();
        }
    }

    /// <summary>Learns of queues that are new; forgets those with nothing left, so that a finished broadcast costs nothing.</summary>
    private async Task RefreshAsync()
    {
        _refresh = false;
        IReadOnlyList<long> known = await _store.QueuesAsync().ConfigureAwait(false);
        HashSet<long> live = [.. known];
        foreach (long number in known)
        {
            // What the walk may have missed (a hint lost with a crash of its carrier) is found by the next one.
            if (QueueOf(number) is { IsExhausted: true, Busy.Count: 0 } queue) queue.Wake();
        }

        // What waits in its lane for a bot that was given back or lost is somebody else's now.
        foreach (OutboxSend send in _flights.Keys)
        {
            if (_store.EpochOf(send.Bot.Id) != send.Epoch) send.Drop();
        }

        for (int i = _turns.Count - 1; i >= 0; i--)
        {
            OutboxQueue queue = _turns[i];
            if (live.Contains(queue.Number) || queue.Busy.Count > 0) continue;
            _queues.Remove(queue.Number);
            _turns.RemoveAt(i);
        }
    }

    private OutboxQueue? QueueOf(long number)
    {
        if (_queues.TryGetValue(number, out OutboxQueue? queue)) return queue;
        if (OutboxNumbers.IsBroadcastQueue(number))
        {
            // Its bot is learned with its first page.
            queue = new OutboxQueue(number, null, LanePriority.Bulk);
        }
        else
        {
            if (_bots.Find(OutboxNumbers.BotOf(number)) is not { } bot) return null;
            queue = new OutboxQueue(number, bot, (LanePriority)(number & 3));
        }

        _queues.Add(number, queue);
        _turns.Add(queue);
        return queue;
    }

    private async Task FillAsync()
    {
        bool isMoving = true;
        while (isMoving && !IsStopping && !_fenced)
        {
            isMoving = false;
            int share = Math.Clamp(Limits.OutboxWindowMax / Math.Max(1, _turns.Count), Limits.OutboxShareMin, Limits.OutboxWindowPerQueue);
            for (int i = 0; i < _turns.Count; i++)
            {
                _turn = (_turn + 1) % _turns.Count;
                OutboxQueue queue = _turns[_turn];
                int room = Math.Min(share - queue.Busy.Count, Math.Min(Limits.OutboxWindowMax - _window, Limits.OutboxPortion));
                if (queue.Bot is { } bot && _store.EpochOf(bot.Id) == 0) continue;
                if (room <= 0 || _bytes >= Limits.OutboxWindowBytes || queue.PausedUntilUnixMs > NowUnixMs()) continue;
                Task<bool> filling = queue.IsExhausted ? FillNamedAsync(queue, room) : FillWalkAsync(queue, room);
                isMoving |= await filling.ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> FillWalkAsync(OutboxQueue queue, int room)
    {
        var query = new PendingQuery(queue.Number, queue.Cursor, queue.Busy, room, Limits.OutboxWindowBytes - _bytes);
        PendingPage page = await _store.NextAsync(query).ConfigureAwait(false);
        foreach (PendingMessage message in page.Messages) Launch(queue, message);
        return queue.Walked(page);
    }

    private async Task<bool> FillNamedAsync(OutboxQueue queue, int room)
    {
        bool hasFound = false;
        while (room > 0 && queue.TryNextNamed(out long lane))
        {
            if (queue.Busy.Contains(lane)) continue;
            if (await _store.HeadAsync(queue.Number, lane).ConfigureAwait(false) is not { } message) continue;
            Launch(queue, message);
            hasFound = true;
            room--;
        }

        return hasFound;
    }

    private void Launch(OutboxQueue queue, PendingMessage message)
    {
        Bot? bot = queue.Bot ?? _bots.Find(message.BotId);
        if (bot is null)
        {
            // A broadcast of a bot that is not served any more waits until it is served again.
            queue.PausedUntilUnixMs = NowUnixMs() + (Limits.OutboxMaxWaitS * 1_000L);
            return;
        }

        // It was given back or lost since the page was read.
        if (_store.EpochOf(bot.Id) is not (not 0 and var epoch)) return;
        queue.Busy.Add(message.Lane);
        _bytes += message.Parameters.Length;
        _window++;
        var send = new OutboxSend(message, bot, epoch);
        _flights.TryAdd(send, true);
        _ = FlyAsync(send, queue.Priority);
    }

    private long NowUnixMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(Level = LogLevel.Information, Message = "The outbox sends, epoch {Epoch}")]
    private static partial void LogBegun(ILogger logger, long epoch);

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox could not go on; it tries again within a second")]
    private static partial void LogRound(ILogger logger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} messages were still being sent at the stop; the next start finds them as unknown")]
    private static partial void LogLeft(ILogger logger, int count);
}

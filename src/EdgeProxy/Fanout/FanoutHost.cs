using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Fanout;

/// <summary>Runs the loops of all subscriptions and the flush of their cursors.</summary>
internal sealed partial class FanoutHost
{
    public static readonly Migration[] Migrations = CursorStore.Migrations;

    private readonly IUpdateLog _journal;
    private readonly StateFile _state;
    private readonly IReadOnlyList<Subscription> _subscriptions;
    private readonly ReplyMethod _replyMethod;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpSink _sink;
    private readonly List<FanoutLoop> _loops = [];
    private readonly CancellationTokenSource _flushStop = new();
    private CursorFlushLoop? _flush;
    private Task _flushing = Task.CompletedTask;
    private int _stopped;

    public FanoutHost(
        IUpdateLog journal, StateFile state, IReadOnlyList<Subscription> subscriptions, ReplyMethod replyMethod, TimeProvider time,
        ILoggerFactory loggers)
    {
        (_journal, _state, _subscriptions, _replyMethod, _time) = (journal, state, subscriptions, replyMethod, time);
        _logger = loggers.CreateLogger("EdgeProxy.Fanout");
        int connections = 0;
        foreach (Subscription subscription in subscriptions) connections += Math.Clamp(subscription.MaxInFlight, 1, Limits.InFlightMax);
        _sink = new HttpSink(connections, time);
    }

    /// <summary>
    /// Reads the cursors and starts the loops. A new subscription's place is on disk before this returns, so that an update which is
    /// accepted afterwards is delivered even if the process dies before the first flush. Call before updates are accepted.
    /// </summary>
    /// <exception cref="StateFileException">The state file cannot be written.</exception>
    public void Start()
    {
        JournalSnapshot journal = _journal.Snapshot();
        var lows = new long[_subscriptions.Count];
        bool isNew = false;
        for (int i = 0; i < _subscriptions.Count; i++)
        {
            Subscription subscription = _subscriptions[i];
            CursorRow? stored = _state.Read(database => CursorStore.Load(database, subscription.Id));
            isNew |= stored is null;
            CursorRow start = StartOf(subscription, stored, journal);
            lows[i] = start.Outstanding.Length > 0 ? start.Outstanding[0] : start.Position;
            _loops.Add(new FanoutLoop(subscription, _journal, _sink, _replyMethod, start, _time, _logger));
        }

        _flush = new CursorFlushLoop(_loops, lows, _state, _journal, _time, _logger);
        if (isNew) _state.WriteAsync(SaveStarts).GetAwaiter().GetResult();
        foreach (FanoutLoop loop in _loops) loop.Start();
        _flushing = Task.Run(() => _flush.RunAsync(_flushStop.Token));
        FanoutMetrics.Show(this);
    }

    /// <summary>
    /// 1. No new attempts. 2. Those that run may end, within Limits.FanoutStopMs; then they
    /// are cut off and come again after the start. 3. The cursors are flushed. The journal and the state file must still be open.
    /// </summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        FanoutMetrics.Hide(this);
        var stops = new List<Task>();
        foreach (FanoutLoop loop in _loops) stops.Add(loop.StopAsync());
        Task ended = Task.WhenAll(stops);
        try
        {
            await ended.WaitAsync(TimeSpan.FromMilliseconds(Limits.FanoutStopMs)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (FanoutLoop loop in _loops) loop.CutOff();
            await ended.ConfigureAwait(false);
        }

        await _flushStop.CancelAsync().ConfigureAwait(false);
        await _flushing.ConfigureAwait(false);
        if (_flush is not null) await _flush.FlushAsync().ConfigureAwait(false);
        foreach (FanoutLoop loop in _loops) loop.Dispose();
        _sink.Dispose();
        _flushStop.Dispose();
    }

    /// <summary>All subscriptions, as of their last flush; lag and age as of now. Any thread.</summary>
    public IReadOnlyList<SubscriptionSnapshot> Snapshot()
    {
        long tail = _journal.Snapshot().Tail;
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var result = new SubscriptionSnapshot[_loops.Count];
        for (int i = 0; i < result.Length; i++) result[i] = _loops[i].Current.ToSnapshot(_loops[i].Id, tail, nowUnixMs);
        return result;
    }

    private CursorRow StartOf(Subscription subscription, CursorRow? stored, JournalSnapshot journal)
    {
        if (stored is null)
        {
            return new CursorRow(subscription.StartFromOldest ? journal.Head : journal.Tail, 0, false, [], []);
        }

        if (stored.Position > journal.Tail)
        {
            LogBeyondTail(_logger, subscription.Id, stored.Position, journal.Tail);
            return new CursorRow(journal.Head, 0, false, [], []);
        }

        if (stored.Position >= journal.Head) return stored;
        LogBehindHead(_logger, subscription.Id, stored.Position, journal.Head);
        FanoutMetrics.Lost(subscription.Id, 1);
        return stored with { Position = journal.Head };
    }

    private void SaveStarts(SqliteDatabase database)
    {
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (FanoutLoop loop in _loops) CursorStore.Save(database, loop.StartCapture(), nowUnixMs);
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Subscription {Subscription}: cursor {Position} is older than the journal, which begins at {Head}; the gap is lost")]
    private static partial void LogBehindHead(ILogger logger, string subscription, long position, long head);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Subscription {Subscription}: cursor {Position} is beyond the journal's end {Tail} (folder replaced?); it begins anew")]
    private static partial void LogBeyondTail(ILogger logger, string subscription, long position, long tail);
}

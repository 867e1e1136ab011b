using EdgeProxy.Journal;
using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>The loops of all subscriptions over one log, and the flush of their cursors. Started once, stopped once, changed at any time.</summary>
internal sealed partial class LogFanout
{
    private readonly ICursorStore _cursors;
    private readonly Func<IReadOnlyList<Subscription>> _wanted;
    private readonly HttpSink _sink;
    private readonly ReplyMethod _replyMethod;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<bool>? _mayDeliver;
    private readonly Action? _onFenced;
    private readonly CursorFlushLoop _flush;
    private readonly CancellationTokenSource _flushStop = new();
    private readonly CancellationTokenSource _cut = new();

    /// <summary>One change at a time, and none beside the stop.</summary>
    private readonly SemaphoreSlim _change = new(1, 1);
    private Task _flushing = Task.CompletedTask;

    /// <summary>Loops that are no more, whose last method calls may run.</summary>
    private readonly List<FanoutLoop> _leaving = [];
    private volatile int _parts = 1;
    private volatile bool _fenced;
    private bool _stopped;

    /// <param name="wanted">The subscriptions as of now.</param>
    /// <param name="mayDeliver">Whether the log is ours; null when it always is. False is final.</param>
    /// <param name="onFenced">Called when the cursors are refused because another process owns the log.</param>
    public LogFanout(
        IUpdateLog log, ICursorStore cursors, Func<IReadOnlyList<Subscription>> wanted, HttpSink sink, ReplyMethod replyMethod, TimeProvider time,
        ILogger logger, Func<bool>? mayDeliver = null, Action? onFenced = null)
    {
        (Log, _cursors, _wanted, _sink, _replyMethod, _time, _logger) = (log, cursors, wanted, sink, replyMethod, time, logger);
        (_mayDeliver, _onFenced) = (mayDeliver, onFenced);
        _flush = new CursorFlushLoop(cursors, log, OnFenced, time, logger);
    }

    public IUpdateLog Log { get; }

    public IReadOnlyList<FanoutLoop> Loops => _flush.Loops;

    /// <summary>Reads the cursors, stores the places of new subscriptions, starts the loops. Unless Saved, nothing runs.</summary>
    public async Task<CursorSaveOutcome> StartAsync()
    {
        CursorSaveOutcome outcome = await ChangeAsync().ConfigureAwait(false);
        if (outcome == CursorSaveOutcome.Saved)
            _flushing = Task.Run(() => _mayDeliver is null ? _flush.RunAsync(_flushStop.Token) : _flush.RunQuicklyAsync(_flushStop.Token));
        return outcome;
    }

    /// <summary>
    /// Runs the subscriptions that are wanted. 1. The loops of those that are not, or not so, end within Limits.FanoutStopMs; what they have finished
    /// is stored. 2. Loops for the others begin, from their cursors. Unless Saved, some of 2 do not run; the next call begins them.
    /// </summary>
    public async Task<CursorSaveOutcome> ChangeAsync()
    {
        await _change.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_stopped) return CursorSaveOutcome.Fenced;
            IReadOnlyList<Subscription> wanted = _wanted();
            FanoutLoop[] gone = [.. Loops.Where(loop => !wanted.Contains(loop.Subscription))];
            if (gone.Length > 0)
            {
                using CancellationTokenSource late = Late();
                await EndAsync(gone, late.Token).ConfigureAwait(false);
            }

            _leaving.RemoveAll(static loop => !loop.HasCalls);
            foreach (FanoutLoop loop in gone)
            {
                bool isReplaced = wanted.Any(one => one.CursorKey == loop.Subscription.CursorKey);
                if (!await _flush.RemoveAsync(loop, forget: !isReplaced).ConfigureAwait(false)) return CursorSaveOutcome.Failed;
                _leaving.Add(loop);
            }

            Subscription[] added = [.. wanted.Where(one => !Loops.Any(loop => loop.Subscription == one))];
            CursorSaveOutcome outcome = added.Length == 0 ? CursorSaveOutcome.Saved : await _flush.AddAsync(added, Begin).ConfigureAwait(false);
            if (_parts > 1) Share(_parts);
            return outcome;
        }
        finally
        {
            _change.Release();
        }
    }

    /// <summary>
    /// 1. No new attempts. 2. Those that run, and method calls from replies, may end, within Limits.FanoutStopMs or until <paramref name="cut"/>; then
    /// they are cut off; the attempts come again. 3. The cursors are flushed, if the log is still ours.
    /// </summary>
    public async Task StopAsync(CancellationToken cut)
    {
        using CancellationTokenRegistration cutting = cut.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _cut);
        await _change.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _stopped = true;
        _change.Release();
        using CancellationTokenSource late = Late();
        await EndAsync(Loops, late.Token).ConfigureAwait(false);
        await Task.WhenAll(Loops.Concat(_leaving).Select(loop => loop.EndCallsAsync(late.Token))).ConfigureAwait(false);
        await _flushStop.CancelAsync().ConfigureAwait(false);
        await _flushing.ConfigureAwait(false);
        if (!cut.IsCancellationRequested) await _flush.FlushAsync().ConfigureAwait(false);
        foreach (FanoutLoop loop in Loops) loop.Dispose();
        _flushStop.Dispose();
    }

    /// <summary>It is one of so many logs of this process.</summary>
    public void Share(int parts)
    {
        _parts = parts;
        foreach (FanoutLoop loop in Loops) loop.Share(parts);
    }

    /// <summary>Where a new subscription begins.</summary>
    public static CursorRow Begin(Subscription subscription, long head, long tail) => new(subscription.StartFromOldest ? head : tail, 0, false, [], []);

    /// <summary>Cancelled when what runs has had its time.</summary>
    private CancellationTokenSource Late()
    {
        CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(_cut.Token);
        late.CancelAfter(_fenced ? 0 : Limits.FanoutStopMs);
        return late;
    }

    private static async Task EndAsync(IReadOnlyList<FanoutLoop> loops, CancellationToken late)
    {
        Task ended = Task.WhenAll([.. loops.Select(loop => loop.StopAsync())]);
        await ended.WaitAsync(late).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!ended.IsCompleted)
        {
            foreach (FanoutLoop loop in loops) loop.CutOff();
        }

        await ended.ConfigureAwait(false);
    }

    private FanoutLoop Begin(Subscription subscription, CursorRow? stored)
    {
        bool isOwned = _mayDeliver is not null;
        CursorRow start = StartOf(subscription, stored, Log.Snapshot());
        return new FanoutLoop(
            subscription, Log, _sink, _replyMethod, start, _time, _logger, isOwned ? MayDeliver : null, isOwned ? _flush.OnIdle : null);
    }

    private bool MayDeliver() => !_fenced && _mayDeliver!();

    private void OnFenced()
    {
        _fenced = true;
        _onFenced?.Invoke();
    }

    private CursorRow StartOf(Subscription subscription, CursorRow? stored, JournalSnapshot journal)
    {
        if (stored is null) return Begin(subscription, journal.Head, journal.Tail);
        if (stored.Position > journal.Tail)
        {
            LogBeyondTail(_logger, subscription.Id, stored.Position, journal.Tail);
            return new CursorRow(journal.Head, 0, false, [], []);
        }

        // In Redis 0 is the end of a stream that never had an entry: nothing lies between it and the first.
        bool isFirst = stored.Position == 0 && _mayDeliver is not null;
        if (stored.Position >= journal.Head || isFirst) return stored;
        LogBehindHead(_logger, subscription.Id, stored.Position, journal.Head);
        FanoutMetrics.Lost(subscription.Id, 1);
        return stored with { Position = journal.Head };
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Subscription {Subscription}: cursor {Position} is older than the journal, which begins at {Head}; the gap is lost")]
    private static partial void LogBehindHead(ILogger logger, string subscription, long position, long head);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Subscription {Subscription}: cursor {Position} is beyond the journal's end {Tail} (folder replaced?); it begins anew")]
    private static partial void LogBeyondTail(ILogger logger, string subscription, long position, long tail);
}

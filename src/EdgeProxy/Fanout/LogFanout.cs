using EdgeProxy.Journal;
using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>The loops of all subscriptions over one log, and the flush of their cursors. Started once, stopped once.</summary>
/// <param name="mayDeliver">Whether the log is ours; null when it always is. False is final.</param>
/// <param name="onFenced">Called when the cursors are refused because another process owns the log.</param>
internal sealed partial class LogFanout(
    IUpdateLog log, ICursorStore cursors, IReadOnlyList<Subscription> subscriptions, HttpSink sink, ReplyMethod replyMethod, TimeProvider time,
    ILogger logger, Func<bool>? mayDeliver = null, Action? onFenced = null)
{
    private readonly CancellationTokenSource _flushStop = new();
    private readonly List<FanoutLoop> _loops = [];
    private CursorFlushLoop? _flush;
    private Task _flushing = Task.CompletedTask;
    private volatile bool _fenced;

    public IUpdateLog Log => log;

    /// <summary>In the order of the subscriptions. Complete once it has started.</summary>
    public IReadOnlyList<FanoutLoop> Loops => _loops;

    /// <summary>Reads the cursors, stores the places of new subscriptions, starts the loops. Unless Saved, nothing runs.</summary>
    public async Task<CursorSaveOutcome> StartAsync()
    {
        CursorRow?[]? stored = await cursors.LoadAsync(subscriptions).ConfigureAwait(false);
        if (stored is null) return CursorSaveOutcome.Failed;
        JournalSnapshot journal = log.Snapshot();
        var lows = new long[subscriptions.Count];
        bool isOwned = mayDeliver is not null;
        for (int i = 0; i < lows.Length; i++)
        {
            CursorRow start = StartOf(subscriptions[i], stored[i], journal);
            lows[i] = start.Outstanding.Length > 0 ? start.Outstanding[0] : start.Position;
            _loops.Add(new FanoutLoop(
                subscriptions[i], log, sink, replyMethod, start, time, logger, isOwned ? MayDeliver : null, isOwned ? () => _flush!.OnIdle() : null));
        }

        _flush = new CursorFlushLoop(_loops, lows, cursors, log, OnFenced, time, logger);
        if (Array.IndexOf(stored, null) >= 0)
        {
            CursorSaveOutcome saved = await cursors.SaveAsync([.. _loops.Select(loop => loop.StartCapture())]).ConfigureAwait(false);
            if (saved != CursorSaveOutcome.Saved)
            {
                foreach (FanoutLoop loop in _loops) loop.Dispose();
                return saved;
            }
        }

        foreach (FanoutLoop loop in _loops) loop.Start();
        _flushing = Task.Run(() => isOwned ? _flush.RunQuicklyAsync(_flushStop.Token) : _flush.RunAsync(_flushStop.Token));
        return CursorSaveOutcome.Saved;
    }

    /// <summary>
    /// 1. No new attempts. 2. Those that run may end, within Limits.FanoutStopMs or until <paramref name="cut"/>; then they are cut off and come
    /// again. 3. The cursors are flushed, if the log is still ours.
    /// </summary>
    public async Task StopAsync(CancellationToken cut)
    {
        Task ended = Task.WhenAll([.. _loops.Select(loop => loop.StopAsync())]);
        try
        {
            await ended.WaitAsync(TimeSpan.FromMilliseconds(_fenced ? 0 : Limits.FanoutStopMs), cut).ConfigureAwait(false);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            foreach (FanoutLoop loop in _loops) loop.CutOff();
            await ended.ConfigureAwait(false);
        }

        await _flushStop.CancelAsync().ConfigureAwait(false);
        await _flushing.ConfigureAwait(false);
        if (_flush is not null && !cut.IsCancellationRequested) await _flush.FlushAsync().ConfigureAwait(false);
        foreach (FanoutLoop loop in _loops) loop.Dispose();
        _flushStop.Dispose();
    }

    /// <summary>It is one of so many logs of this process.</summary>
    public void Share(int parts)
    {
        foreach (FanoutLoop loop in _loops) loop.Share(parts);
    }

    private bool MayDeliver() => !_fenced && mayDeliver!();

    private void OnFenced()
    {
        _fenced = true;
        onFenced?.Invoke();
    }

    private CursorRow StartOf(Subscription subscription, CursorRow? stored, JournalSnapshot journal)
    {
        if (stored is null) return Begin(subscription, journal.Head, journal.Tail);
        if (stored.Position > journal.Tail)
        {
            LogBeyondTail(logger, subscription.Id, stored.Position, journal.Tail);
            return new CursorRow(journal.Head, 0, false, [], []);
        }

        if (stored.Position >= journal.Head) return stored;
        LogBehindHead(logger, subscription.Id, stored.Position, journal.Head);
        FanoutMetrics.Lost(subscription.Id, 1);
        return stored with { Position = journal.Head };
    }

    /// <summary>Where a new subscription begins.</summary>
    public static CursorRow Begin(Subscription subscription, long head, long tail) => new(subscription.StartFromOldest ? head : tail, 0, false, [], []);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Subscription {Subscription}: cursor {Position} is older than the journal, which begins at {Head}; the gap is lost")]
    private static partial void LogBehindHead(ILogger logger, string subscription, long position, long head);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Subscription {Subscription}: cursor {Position} is beyond the journal's end {Tail} (folder replaced?); it begins anew")]
    private static partial void LogBeyondTail(ILogger logger, string subscription, long position, long tail);
}

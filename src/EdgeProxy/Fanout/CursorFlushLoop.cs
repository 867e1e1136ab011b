using EdgeProxy.Journal;
using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>
/// Stores what the loops of one log have finished, all subscriptions together, and then lets the log forget what nobody needs.
/// One flush: 1. ask every changed loop for its state; 2. store the rows and wait for it; 3. release the log below the lowest
/// position that a stored row still needs. Until 2 is done a crash delivers again; nothing is released before it.
/// </summary>
/// <param name="onFenced">Called when the store refuses because the log is not ours any more; nothing is stored or released after it.</param>
internal sealed partial class CursorFlushLoop(ICursorStore cursors, IUpdateLog log, Action onFenced, TimeProvider time, ILogger logger)
{
    /// <summary>One flush, addition or removal at a time.</summary>
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>By cursor: the lowest position that is needed, as it is stored. One whose loop is being replaced keeps it.</summary>
    private readonly Dictionary<string, long> _lows = [];
    private volatile FanoutLoop[] _loops = [];
    private long _released = -1;
    private bool _failing;
    private volatile bool _fenced;
    private volatile TaskCompletionSource? _idle;

    /// <summary>Flushes at fixed intervals until cancelled. The last flush is the caller's.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        long waitMs = Limits.CursorFlushMs;
        while (await WaitAsync(waitMs, stop).ConfigureAwait(false))
        {
            int bytes = await FlushAsync().ConfigureAwait(false);
            waitMs = Math.Min(Limits.CursorFlushMsMax, Limits.CursorFlushMs * (1L + (bytes / Limits.CursorFlushBytesPerTick)));
        }
    }

    /// <summary>The same, and also soon after OnIdle was called: where a flush costs a command and not a disk's sync.</summary>
    public async Task RunQuicklyAsync(CancellationToken stop)
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _idle = idle;
        long waitMs = Limits.CursorFlushMs;
        while (await WaitAsync(Limits.CursorFlushIdleMs, stop).ConfigureAwait(false))
        {
            using (var over = CancellationTokenSource.CreateLinkedTokenSource(stop))
            {
                await Task.WhenAny(idle.Task, WaitAsync(waitMs - Limits.CursorFlushIdleMs, over.Token)).ConfigureAwait(false);
                await over.CancelAsync().ConfigureAwait(false);
            }

            if (idle.Task.IsCompleted) _idle = idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            int bytes = await FlushAsync().ConfigureAwait(false);
            waitMs = bytes == 0
                ? Limits.CursorFlushRestMs
                : Math.Min(Limits.CursorFlushMsMax, Limits.CursorFlushMs * (1L + (bytes / Limits.CursorFlushBytesPerTick)));
        }
    }

    /// <summary>A loop has nothing to do and something to store. Any thread.</summary>
    public void OnIdle() => _idle?.TrySetResult();

    /// <summary>In the order they were added. Any thread.</summary>
    public IReadOnlyList<FanoutLoop> Loops => _loops;

    /// <summary>Loops for these subscriptions begin, from what is stored of them. Unless Saved, none of them does.</summary>
    /// <param name="begin">Makes a loop; a row is null when its subscription is new, whose place is then stored first.</param>
    public async Task<CursorSaveOutcome> AddAsync(IReadOnlyList<Subscription> added, Func<Subscription, CursorRow?, FanoutLoop> begin)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            CursorRow?[]? stored = await cursors.LoadAsync(added).ConfigureAwait(false);
            if (stored is null) return CursorSaveOutcome.Failed;
            FanoutLoop[] loops = [.. added.Select((subscription, i) => begin(subscription, stored[i]))];
            CursorCapture[] places = [.. loops.Select(loop => loop.StartCapture())];
            bool isStored = Array.IndexOf(stored, null) < 0;
            CursorSaveOutcome saved = isStored ? CursorSaveOutcome.Saved : await cursors.SaveAsync(places).ConfigureAwait(false);
            if (saved != CursorSaveOutcome.Saved)
            {
                foreach (FanoutLoop loop in loops) loop.Dispose();
                return saved;
            }

            foreach (CursorCapture place in places) _lows[place.Key] = place.Low;
            _loops = [.. _loops, .. loops];
            foreach (FanoutLoop loop in loops) loop.Start();
            return CursorSaveOutcome.Saved;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A loop that has ended goes: its state is stored, or <paramref name="forget">forgotten</paramref>.</summary>
    /// <returns>False when it could not be stored: it stays, so that nothing it has finished is delivered again.</returns>
    public async Task<bool> RemoveAsync(FanoutLoop loop, bool forget)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            string key = loop.Subscription.CursorKey;
            if (!forget) await FlushAsync([loop]).ConfigureAwait(false);
            if (!forget && loop.Dirty && !_fenced) return false;
            _loops = [.. _loops.Where(one => one != loop)];
            if (forget && _lows.Remove(key) && !_fenced) await cursors.ForgetAsync(key).ConfigureAwait(false);
            loop.Dispose();
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>One flush. A failure is logged, counted, and made good by the next one.</summary>
    /// <returns>Bytes written.</returns>
    public async Task<int> FlushAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            int bytes = await FlushAsync(_loops).ConfigureAwait(false);
            if (_lows.Count == 0 && !_fenced) Release(log.Snapshot().Tail);
            return bytes;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<int> FlushAsync(FanoutLoop[] loops)
    {
        if (_fenced) return 0;
        var dirty = new List<FanoutLoop>();
        var captures = new List<CursorCapture>();
        foreach (FanoutLoop loop in loops)
        {
            if (!loop.Dirty) continue;
            dirty.Add(loop);
            captures.Add(await loop.CaptureAsync().ConfigureAwait(false));
        }

        if (dirty.Count == 0) return 0;
        CursorSaveOutcome saved = await cursors.SaveAsync(captures).ConfigureAwait(false);
        if (saved != CursorSaveOutcome.Saved)
        {
            OnNotSaved(saved, dirty);
            return 0;
        }

        _failing = false;
        int bytes = 0;
        foreach (CursorCapture capture in captures)
        {
            bytes += capture.Blob.Length;
            _lows[capture.Key] = capture.Disabled ? long.MaxValue : capture.Low;
        }

        long low = _lows.Values.Min();
        if (low < long.MaxValue) Release(low);
        return bytes;
    }

    private void OnNotSaved(CursorSaveOutcome saved, List<FanoutLoop> dirty)
    {
        FanoutMetrics.FlushFailed(saved == CursorSaveOutcome.Fenced);
        if (saved == CursorSaveOutcome.Fenced)
        {
            _fenced = true;
            onFenced();
            return;
        }

        if (!_failing) LogFailed(logger, cursors.Fault);
        _failing = true;
        foreach (FanoutLoop loop in dirty) loop.MarkDirty();
    }

    /// <returns>False when cancelled.</returns>
    private async Task<bool> WaitAsync(long waitMs, CancellationToken stop)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(waitMs), time, stop).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Release(long position)
    {
        if (position <= _released) return;
        _released = position;
        log.ReleaseBefore(position);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Cursors cannot be stored, a restart now would deliver again: {Error}")]
    private static partial void LogFailed(ILogger logger, string? error);
}

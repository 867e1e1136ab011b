using EdgeProxy.Journal;
using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>
/// Stores what the loops of one log have finished, all subscriptions together, and then lets the log forget what nobody needs.
/// One flush: 1. ask every changed loop for its state; 2. store the rows and wait for it; 3. release the log below the lowest
/// position that a stored row still needs. Until 2 is done a crash delivers again; nothing is released before it.
/// </summary>
/// <param name="lows">Lowest position needed of each subscription, as it is stored.</param>
/// <param name="onFenced">Called when the store refuses because the log is not ours any more; nothing is stored or released after it.</param>
internal sealed partial class CursorFlushLoop(
    IReadOnlyList<FanoutLoop> loops, long[] lows, ICursorStore cursors, IUpdateLog log, Action onFenced, TimeProvider time, ILogger logger)
{
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

    /// <summary>One flush. A failure is logged, counted, and made good by the next one.</summary>
    /// <returns>Bytes written.</returns>
    public async Task<int> FlushAsync()
    {
        if (_fenced) return 0;
        List<CursorCapture>? captures = null;
        List<int>? indexes = null;
        for (int i = 0; i < loops.Count; i++)
        {
            if (!loops[i].Dirty) continue;
            (captures ??= []).Add(await loops[i].CaptureAsync().ConfigureAwait(false));
            (indexes ??= []).Add(i);
        }

        if (captures is null)
        {
            if (loops.Count == 0) Release(log.Snapshot().Tail);
            return 0;
        }

        CursorSaveOutcome saved = await cursors.SaveAsync(captures).ConfigureAwait(false);
        if (saved != CursorSaveOutcome.Saved)
        {
            OnNotSaved(saved, indexes!);
            return 0;
        }

        _failing = false;
        int bytes = 0;
        for (int i = 0; i < captures.Count; i++)
        {
            bytes += captures[i].Blob.Length;
            lows[indexes![i]] = captures[i].Disabled ? long.MaxValue : captures[i].Low;
        }

        long low = long.MaxValue;
        foreach (long one in lows) low = Math.Min(low, one);
        if (low < long.MaxValue) Release(low);
        return bytes;
    }

    private void OnNotSaved(CursorSaveOutcome saved, List<int> indexes)
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
        foreach (int index in indexes) loops[index].MarkDirty();
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

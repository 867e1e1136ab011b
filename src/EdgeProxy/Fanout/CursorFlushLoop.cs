using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Fanout;

/// <summary>
/// Stores what the loops have finished, all subscriptions in one transaction, and then lets the journal forget what nobody needs.
/// One flush: 1. ask every changed loop for its state; 2. write the rows and wait for the disk; 3. release the journal below the lowest
/// position that a stored row still needs. Until 2 is done a crash delivers again; nothing is released before it.
/// </summary>
internal sealed partial class CursorFlushLoop(
    IReadOnlyList<FanoutLoop> loops, long[] lows, StateFile state, IUpdateLog journal, TimeProvider time, ILogger logger)
{
    private long _released = -1;
    private bool _failing;

    /// <summary>Flushes until cancelled. The last flush is the caller's.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        long waitMs = Limits.CursorFlushMs;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(waitMs), time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            int bytes = await FlushAsync().ConfigureAwait(false);
            waitMs = Math.Min(Limits.CursorFlushMsMax, Limits.CursorFlushMs * (1L + (bytes / Limits.CursorFlushBytesPerTick)));
        }
    }

    /// <summary>One flush. A failure is logged, counted, and made good by the next one.</summary>
    /// <returns>Bytes written.</returns>
    public async Task<int> FlushAsync()
    {
        List<(int Index, CursorCapture Capture)>? captures = null;
        for (int i = 0; i < loops.Count; i++)
        {
            if (loops[i].Dirty) (captures ??= []).Add((i, await loops[i].CaptureAsync().ConfigureAwait(false)));
        }

        if (captures is null)
        {
            if (loops.Count == 0) Release(journal.Snapshot().Tail);
            return 0;
        }

        int bytes = 0;
        try
        {
            long nowUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            await state.WriteAsync(database =>
            {
                foreach (var (_, capture) in captures) CursorStore.Save(database, capture, nowUnixMs);
            }).ConfigureAwait(false);
        }
        catch (Exception error) when (error is StateFileException or ObjectDisposedException)
        {
            FanoutMetrics.FlushFailed();
            if (!_failing) LogFailed(logger, error.Message);
            _failing = true;
            foreach (var (index, _) in captures) loops[index].MarkDirty();
            return 0;
        }

        _failing = false;
        foreach (var (index, capture) in captures)
        {
            bytes += capture.Blob.Length;
            lows[index] = capture.Disabled ? long.MaxValue : capture.Low;
        }

        long low = long.MaxValue;
        foreach (long one in lows) low = Math.Min(low, one);
        if (low < long.MaxValue) Release(low);
        return bytes;
    }

    private void Release(long position)
    {
        if (position <= _released) return;
        _released = position;
        journal.ReleaseBefore(position);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Cursors cannot be stored, a restart now would deliver again: {Error}")]
    private static partial void LogFailed(ILogger logger, string error);
}

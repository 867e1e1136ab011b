using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>What time brings, on every tick: sweeps, the list of queues, the age of the oldest, and now and then the retention.</summary>
internal sealed partial class OutboxSweepLoop(IOutboxWork store, OutboxLoop loop, UploadSweep uploads, TimeProvider time, ILogger logger)
{
    private const int TicksPerRefresh = 1_000 / Limits.OutboxTickMs;
    private const int TicksPerRetention = Limits.OutboxRetentionS * 1_000 / Limits.OutboxTickMs;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        for (long tick = 1; !stop.IsCancellationRequested; tick++)
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Limits.OutboxTickMs), time, stop).ConfigureAwait(false);
                if (loop.IsRunning) await TickAsync(tick, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // A disk that cannot be read, or a bug: the next tick tries again.
                LogFailed(logger, error.Message);
            }
        }
    }

    private async Task TickAsync(long tick, CancellationToken stop)
    {
        bool restEnded = false;
        bool more = true;
        while (more && !stop.IsCancellationRequested)
        {
            (bool ended, more) = await store.SweepAsync(loop.Epoch).ConfigureAwait(false);
            restEnded |= ended;
        }

        if (restEnded || tick % TicksPerRefresh == 0) loop.Tick(restEnded);
        else loop.Signal();
        if (tick % TicksPerRefresh == 0) store.FindOldest();
        if (tick % TicksPerRetention != 0) return;
        while (!stop.IsCancellationRequested && await store.RetireAsync(loop.Epoch).ConfigureAwait(false))
        {
        }

        await uploads.RunAsync(stop).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A sweep of the outbox failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}

using System.Threading.Channels;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Admin;

/// <summary>
/// Makes one account's jobs, one step at a time. The state file is its queue: a job that waits for Telegram steps aside by its retry_at and the others
/// go on; after a crash the same question finds the same jobs.
/// </summary>
internal sealed partial class AccountLoop(string account, AdminStore store, JobRunner runner, TimeProvider time, ILogger logger)
{
    private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>There may be something to do. Any thread.</summary>
    public void Wake() => _woken.Writer.TryWrite(true);

    /// <summary>Ends with <paramref name="stop"/>; a step under way is then left as begun.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                (AdminJobId? job, long nextUnixMs) = await store.NextAsync(account);
                if (job is { } id) await runner.AdvanceAsync(id, stop);
                else await SleepAsync(nextUnixMs - time.GetUtcNow().ToUnixTimeMilliseconds(), stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception error)
            {
                // The disk, or a bug: neither may end the account's jobs for good, nor spin.
                if (error is StateFileException) LogFault(logger, account, error.Message);
                else LogBroken(logger, error, account);
                await SleepAsync(Limits.AdminFaultMs, stop);
            }
        }
    }

    private async Task SleepAsync(long ms, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Clamp(ms, 1, Limits.AdminIdleMs)), time);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            await _woken.Reader.ReadAsync(wait.Token);
        }
        catch (OperationCanceledException)
        {
            // Time, or the end.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "MTProto jobs of {Account} wait: {Reason}")]
    private static partial void LogFault(ILogger logger, string account, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A step of an MTProto job of {Account} failed in EdgeProxy itself")]
    private static partial void LogBroken(ILogger logger, Exception error, string account);
}

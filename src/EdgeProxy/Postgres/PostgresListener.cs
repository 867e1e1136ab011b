using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Postgres;

/// <summary>
/// Hears what other processes NOTIFY on one channel, over a connection of its own. After each connection it calls <c>onReconnected</c>: anything may
/// have been missed meanwhile, so a listener never is the only way to learn of a change.
/// </summary>
internal sealed partial class PostgresListener(
    PostgresDatabase database, string channel, Action<string> onNotified, Action onReconnected, TimeProvider time, ILogger logger)
{
    /// <summary>Listens until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (PostgresDatabase.IsOutage(error))
            {
                LogLost(logger, channel, error.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Limits.PostgresRetryMs), time, stop).ContinueWith(static _ => { }, TaskScheduler.Default)
                    .ConfigureAwait(false);
            }
        }
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        await using NpgsqlConnection connection = await database.Source.OpenConnectionAsync(stop).ConfigureAwait(false);
        connection.Notification += (_, notification) => onNotified(notification.Payload);
        await using (var command = new NpgsqlCommand($"LISTEN {channel}", connection)) await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
        onReconnected();
        while (true)
        {
            // A connection that is silently gone is noticed by the query after a quiet while.
            if (!await connection.WaitAsync(TimeSpan.FromMilliseconds(Limits.PostgresQuietMs), stop).ConfigureAwait(false))
            {
                await using var probe = new NpgsqlCommand("SELECT 1", connection);
                await probe.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Notifications of {Channel} are interrupted: {Reason}")]
    private static partial void LogLost(ILogger logger, string channel, string reason);
}

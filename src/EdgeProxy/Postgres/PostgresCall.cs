using System.Diagnostics;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Postgres;

/// <summary>One bounded piece of work on a connection of the pool. Health shows how the last one ended.</summary>
internal static class PostgresCall
{
    /// <summary>What <see cref="RunAsync"/> throws for the server, the network or a closed pool; anything else is a bug.</summary>
    public static bool IsFailure(Exception error) => PostgresDatabase.IsOutage(error) || error is NpgsqlException or ObjectDisposedException;

    /// <summary>
    /// Runs <paramref name="work"/> and ends within <paramref name="timeoutMs"/> and a little, whatever the server does. A failure leaves open whether
    /// the server did the work.
    /// </summary>
    /// <param name="database">The pool.</param>
    /// <param name="work">Must be safe to repeat: where the connection turns out to be dead (the server was restarted), it is tried once more.</param>
    /// <param name="timeoutMs">For all of it, ms.</param>
    public static async Task<T> RunAsync<T>(
        this PostgresDatabase database, Func<NpgsqlConnection, CancellationToken, Task<T>> work, int timeoutMs = Limits.PostgresCallMs)
    {
        long start = Stopwatch.GetTimestamp();
        for (bool again = true; ; again = false)
        {
            TimeSpan left = TimeSpan.FromMilliseconds(timeoutMs) - Stopwatch.GetElapsedTime(start);
            try
            {
                if (left <= TimeSpan.Zero) throw new TimeoutException("PostgreSQL does not answer");
                T result = await AttemptAsync(database, work, left).ConfigureAwait(false);
                database.Worked();
                return result;
            }
            catch (Exception error) when (again && IsBroken(error))
            {
                // The next connection is a new one.
            }
            catch (Exception error) when (IsFailure(error))
            {
                database.Failed(error);
                throw;
            }
        }
    }

    private static async Task<T> AttemptAsync<T>(
        PostgresDatabase database, Func<NpgsqlConnection, CancellationToken, Task<T>> work, TimeSpan left)
    {
        using var stop = new CancellationTokenSource(left);
        Task<T> attempt = OnConnectionAsync(database, work, stop.Token);
        try
        {
            return await attempt.WaitAsync(left + TimeSpan.FromMilliseconds(Limits.PostgresCancelMs)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("PostgreSQL does not answer");
        }
    }

    private static async Task<T> OnConnectionAsync<T>(
        PostgresDatabase database, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken stop)
    {
        await using NpgsqlConnection connection = await database.Source.OpenConnectionAsync(stop).ConfigureAwait(false);
        return await work(connection, stop).ConfigureAwait(false);
    }

    private static bool IsBroken(Exception error) =>
        error is NpgsqlException { InnerException: not TimeoutException } && PostgresDatabase.IsOutage(error);
}

using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// Bundles the works of one process: all that wait when the transaction before has ended run as the next one, so that round trips and the server's
/// fsync are paid by all of them together. Steps: 1. a work is queued; 2. what waits is taken; 3. rows are locked and read; 4. every work decides, in
/// order; 5. all is written and committed; 6. the works are completed, and <c>committed</c> hears what changed.
/// A transaction that met another one's (the same new key, a deadlock) runs again. A work that fails by itself must not take its neighbours along:
/// then each runs alone.
/// </summary>
/// <param name="database">Where.</param>
/// <param name="begin">Makes a transaction of the server's Unix microseconds.</param>
/// <param name="tallyRow">Number of this writer's tally rows at the moment: no other living writer uses it.</param>
/// <param name="committed">Called after each commit; must be quick.</param>
/// <param name="logger">Bugs only; outages are the database's.</param>
internal sealed partial class PostgresWriter(
    PostgresDatabase database, Func<long, PostgresTransaction> begin, Func<int> tallyRow, Action<PostgresTransaction> committed, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Queue<PostgresOp> _waiting = new();
    private long _bytes;
    private bool _isRunning;

    /// <summary>The work's result once it is committed, or its "unavailable". Never throws.</summary>
    /// <param name="work">The work.</param>
    /// <param name="bounded">Refused when much waits. False for the engine, whose works are bounded by what it has in flight.</param>
    public Task<T> RunAsync<T>(PostgresWork<T> work, bool bounded)
    {
        lock (_lock)
        {
            if (bounded && (_waiting.Count >= Limits.OutboxWorksMax || _bytes >= Limits.OutboxWaitingBytes))
            {
                work.Fail(maybe: false);
                return work.Task;
            }

            _waiting.Enqueue(work);
            _bytes += work.Bytes;
            if (_isRunning) return work.Task;
            _isRunning = true;
        }

        _ = Task.Run(PumpAsync);
        return work.Task;
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            List<PostgresOp> bundle = [];
            lock (_lock)
            {
                Take(bundle);
                if (bundle.Count == 0)
                {
                    _isRunning = false;
                    return;
                }
            }

            await CommitAsync(bundle).ConfigureAwait(false);
        }
    }

    private void Take(List<PostgresOp> bundle)
    {
        int rows = 0;
        long bytes = 0;
        while (bundle.Count < Limits.OutboxBundleMax && rows < Limits.OutboxBundleRows && bytes < Limits.OutboxBundleBytes
            && _waiting.TryDequeue(out PostgresOp? op))
        {
            bundle.Add(op);
            rows += op.Rows;
            bytes += op.Bytes;
        }

        _bytes -= bytes;
    }

    private async Task CommitAsync(List<PostgresOp> bundle)
    {
        for (int tries = 1; ; tries++)
        {
            bool isCommitting = false;
            PostgresTransaction transaction;
            try
            {
                await using NpgsqlConnection connection = await database.Source.OpenConnectionAsync().ConfigureAwait(false);
                await using NpgsqlTransaction inServer = await connection.BeginTransactionAsync().ConfigureAwait(false);
                transaction = await PostgresLoad.RunAsync(connection, bundle, begin).ConfigureAwait(false);
                foreach (PostgresOp op in bundle) op.Run(transaction);
                await PostgresFlush.RunAsync(connection, transaction, tallyRow()).ConfigureAwait(false);
                isCommitting = true;
                await inServer.CommitAsync().ConfigureAwait(false);
            }
            catch (PostgresException error) when (MetAnother(error) && tries < Limits.OutboxConflictTries)
            {
                await Task.Delay(Limits.OutboxConflictMs).ConfigureAwait(false);
                continue;
            }
            catch (Exception error) when (isCommitting || PostgresDatabase.IsOutage(error))
            {
                // The first connection after a restart of the server may be one of before it.
                if (!isCommitting && tries == 1) continue;
                database.Failed(error);
                foreach (PostgresOp op in bundle) op.Fail(isCommitting);
                return;
            }
            catch (Exception error)
            {
                await AloneAsync(bundle, error).ConfigureAwait(false);
                return;
            }

            database.Worked();
            foreach (PostgresOp op in bundle) op.Complete();
            committed(transaction);
            return;
        }
    }

    private async Task AloneAsync(List<PostgresOp> bundle, Exception error)
    {
        if (bundle.Count == 1)
        {
            LogBug(logger, error);
            bundle[0].Fail(maybe: false);
            return;
        }

        foreach (PostgresOp op in bundle) await CommitAsync([op]).ConfigureAwait(false);
    }

    // 23505: a key or id that another process has just used. 40001, 40P01: they waited for one another.
    private static bool MetAnother(PostgresException error) => error.SqlState is "23505" or "40001" or "40P01";

    [LoggerMessage(Level = LogLevel.Error, Message = "A work of the outbox failed and was undone")]
    private static partial void LogBug(ILogger logger, Exception error);
}

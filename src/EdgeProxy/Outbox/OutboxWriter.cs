using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>
/// Bundles the outbox's works: all that wait when the state file's writer comes by run as one work, so that tallies are written once a bundle
/// and no savepoint is paid a message. Steps: 1. a work is queued; 2. the first of a bundle asks the state file for a turn; 3. at its turn the
/// bundle is taken and run; 4. when it is on disk every work is completed, and <c>committed</c> hears what changed.
/// A work that fails by itself (a bug) must not take its neighbours along: then each runs alone.
/// </summary>
internal sealed partial class OutboxWriter(StateFile state, MessageClock ids, TimeProvider time, Action<OutboxTransaction> committed, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Queue<OutboxOp> _waiting = new();
    private bool _asked;

    /// <summary>The work's result once it is on disk, or <paramref name="unavailable"/>. Never throws.</summary>
    /// <param name="work">Runs on the writer thread; may run twice.</param>
    /// <param name="unavailable">What to say when nothing was written.</param>
    /// <param name="bounded">Refused when much waits. False for the engine, whose works are bounded by what it has in flight.</param>
    public Task<T> RunAsync<T>(Func<OutboxTransaction, T> work, T unavailable, bool bounded)
    {
        var op = new OutboxOp<T>(work, unavailable);
        lock (_lock)
        {
            if (bounded && _waiting.Count >= Limits.OutboxWorksMax) return Task.FromResult(unavailable);
            _waiting.Enqueue(op);
            if (_asked) return op.Task;
            _asked = true;
        }

        _ = CommitAsync(null);
        return op.Task;
    }

    private async Task CommitAsync(OutboxOp? alone)
    {
        List<OutboxOp> bundle = alone is null ? [] : [alone];
        OutboxTransaction? transaction = null;
        try
        {
            await state.WriteAsync(database =>
            {
                if (alone is null) Take(bundle);
                transaction = new OutboxTransaction(database, ids, time.GetUtcNow().ToUnixTimeMilliseconds());
                foreach (OutboxOp op in bundle) op.Run(transaction);
                transaction.Flush();
            }).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // The state file refused the turn itself: whoever waits is told, for nobody else has asked.
            if (transaction is null && alone is null) Take(bundle);
            Fail(bundle, error);
            return;
        }

        foreach (OutboxOp op in bundle) op.Complete();
        committed(transaction!);
    }

    private void Take(List<OutboxOp> bundle)
    {
        bool more;
        lock (_lock)
        {
            while (bundle.Count < Limits.OutboxBundleMax && _waiting.TryDequeue(out OutboxOp? op)) bundle.Add(op);
            more = _waiting.Count > 0;
            _asked = more;
        }

        if (more) _ = CommitAsync(null);
    }

    private void Fail(List<OutboxOp> bundle, Exception error)
    {
        bool isOurs = error is not (StateFileException or ObjectDisposedException) || error is StateFileException { IsDiskFault: false };
        if (isOurs && bundle.Count > 1)
        {
            foreach (OutboxOp op in bundle) _ = CommitAsync(op);
            return;
        }

        if (isOurs) LogBug(logger, error);
        foreach (OutboxOp op in bundle) op.Fail();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A work of the outbox failed and was undone")]
    private static partial void LogBug(ILogger logger, Exception error);
}

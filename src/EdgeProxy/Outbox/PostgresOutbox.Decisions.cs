using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>What somebody decides about messages. Any process may: the message's row is locked.</summary>
internal sealed partial class PostgresOutbox
{
    public Task<DecisionOutcome> DecideAsync(MessageId id, MessageDecision decision) => _callers.RunAsync(
        new PostgresWork<DecisionOutcome>(transaction => Decide(transaction, id.Value, decision), DecisionOutcome.Unavailable) { Messages = [id.Value] },
        bounded: true);

    public async Task<(long Changed, bool Complete)> DecideAllAsync(MessageQuery query, MessageDecision decision, CancellationToken cancellationToken)
    {
        long changed = 0;
        MessageQuery page = query with { Limit = Limits.OutboxBundleMax };
        while (!cancellationToken.IsCancellationRequested)
        {
            MessagePage records = await ListAsync(page).ConfigureAwait(false);
            long[] ids = [.. records.Messages.Select(record => record.Id.Value)];
            var work = new PostgresWork<int>(transaction => DecidePage(transaction, ids, decision), -1) { Messages = ids };
            int done = await _callers.RunAsync(work, bounded: true).ConfigureAwait(false);
            if (done < 0) return (changed, false);
            changed += done;
            if (records.Next == default) return (changed, true);
            page = page with { After = records.Next };
        }

        return (changed, false);
    }

    private static int DecidePage(PostgresTransaction transaction, long[] ids, MessageDecision decision)
    {
        int changed = 0;
        foreach (long id in ids)
        {
            if (Decide(transaction, id, decision) == DecisionOutcome.Done) changed++;
        }

        return changed;
    }

    private static DecisionOutcome Decide(PostgresTransaction transaction, long id, MessageDecision decision)
    {
        if (transaction.Find(id) is not { } entry) return DecisionOutcome.NotFound;
        if (decision == MessageDecision.Delete && MessageStates.IsFinal(entry.Row.State))
        {
            transaction.Delete(entry);
            return DecisionOutcome.Done;
        }

        if (MessageMove.Of(decision, entry.Row) is not { } change) return DecisionOutcome.WrongState;
        if (change.To == MessageState.Queued) return Revive(transaction, entry, change);
        transaction.Move(entry, change);
        return DecisionOutcome.Done;
    }

    /// <summary>Back to the queue with a new life: no expiry, no schedule, no doubt, attempts from 0. Its broadcast runs again if it was done.</summary>
    private static DecisionOutcome Revive(PostgresTransaction transaction, PostgresEntry entry, in MessageChange change)
    {
        long id = entry.Row.Broadcast;
        if (id != 0)
        {
            if (transaction.Broadcasts.GetValueOrDefault(id) is not { State: not BroadcastState.Cancelled } broadcast) return DecisionOutcome.WrongState;
            if (broadcast.State == BroadcastState.Done) transaction.SetBroadcast(broadcast, BroadcastState.Running);
        }

        transaction.Move(entry, change);
        entry.NotBeforeUnixMs = 0;
        entry.Row = entry.Row with { ExpiresAtUnixMs = 0, Attempts = 0, Flags = entry.Row.Flags & ~OutboxSchema.FlagDoubt };
        return DecisionOutcome.Done;
    }
}

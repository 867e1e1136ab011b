using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>What somebody decides about messages.</summary>
internal sealed partial class SqliteOutbox
{
    public Task<DecisionOutcome> DecideAsync(MessageId id, MessageDecision decision) =>
        _writer.RunAsync(transaction => Decide(transaction, id.Value, decision), DecisionOutcome.Unavailable, bounded: true);

    public async Task<(long Changed, bool Complete)> DecideAllAsync(MessageQuery query, MessageDecision decision, CancellationToken cancellationToken)
    {
        long changed = 0;
        MessageQuery page = query with { Limit = Limits.OutboxBundleMax };
        while (!cancellationToken.IsCancellationRequested)
        {
            MessagePage records = await ListAsync(page).ConfigureAwait(false);
            int done = await _writer.RunAsync(transaction => DecidePage(transaction, records.Messages, decision), -1, bounded: true).ConfigureAwait(false);
            if (done < 0) return (changed, false);
            changed += done;
            if (records.Next == default) return (changed, true);
            page = page with { After = records.Next };
        }

        return (changed, false);
    }

    private static int DecidePage(OutboxTransaction transaction, IReadOnlyList<MessageRecord> records, MessageDecision decision)
    {
        int changed = 0;
        foreach (MessageRecord record in records)
        {
            if (Decide(transaction, record.Id.Value, decision) == DecisionOutcome.Done) changed++;
        }

        return changed;
    }

    private static DecisionOutcome Decide(OutboxTransaction transaction, long id, MessageDecision decision)
    {
        if (!MessageRow.TryLoad(transaction.Database, id, out MessageRow row)) return DecisionOutcome.NotFound;
        if (decision == MessageDecision.Delete && MessageStates.IsFinal(row.State))
        {
            transaction.Delete(row);
            return DecisionOutcome.Done;
        }

        if (MessageMove.Of(decision, row) is not { } change) return DecisionOutcome.WrongState;
        if (change.To == MessageState.Queued) return Revive(transaction, row, change);
        transaction.Move(row, change);
        return DecisionOutcome.Done;
    }

    /// <summary>Back to the queue with a new life: no expiry, no schedule, no doubt, attempts from 0. Its broadcast runs again if it was done.</summary>
    private static DecisionOutcome Revive(OutboxTransaction transaction, in MessageRow row, in MessageChange change)
    {
        SqliteDatabase database = transaction.Database;
        if (row.Broadcast != 0)
        {
            if (LoadBroadcast(database, row.Broadcast) is not { State: not BroadcastState.Cancelled } broadcast) return DecisionOutcome.WrongState;
            if (broadcast.State == BroadcastState.Done) SetBroadcast(transaction, row.Broadcast, BroadcastState.Running);
        }

        transaction.Move(row, change);
        database.Prepare("UPDATE outbox_message SET not_before = 0, expires_at = 0, attempts = 0, flags = flags & ~?2 WHERE id = ?1")
            .Bind(1, row.Id).Bind(2, OutboxSchema.FlagDoubt).Run();
        return DecisionOutcome.Done;
    }
}

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
        switch (decision)
        {
            case MessageDecision.Cancel when row.State == MessageState.Queued:
                transaction.Move(row, new MessageChange(MessageState.Cancelled, HistoryKind.Cancelled));
                return DecisionOutcome.Done;
            case MessageDecision.Retry when MessageStates.CanRetry(row.State):
                return Revive(transaction, row, HistoryKind.Retried);
            case MessageDecision.ResolveSent when row.State == MessageState.Unknown:
                transaction.Move(row, new MessageChange(MessageState.Sent, HistoryKind.Resolved));
                return DecisionOutcome.Done;
            case MessageDecision.ResolveResend when row.State == MessageState.Unknown:
                return Revive(transaction, row, HistoryKind.Resolved);
            case MessageDecision.ResolveDrop when row.State == MessageState.Unknown:
                transaction.Move(row, new MessageChange(MessageState.Failed, HistoryKind.Resolved) { ErrorCode = row.ErrorCode, Error = row.Error });
                return DecisionOutcome.Done;
            case MessageDecision.Delete when MessageStates.IsFinal(row.State):
                transaction.Delete(row);
                return DecisionOutcome.Done;
            default:
                return DecisionOutcome.WrongState;
        }
    }

    /// <summary>Back to the queue with a new life: no expiry, no schedule, no doubt, attempts from 0. Its broadcast runs again if it was done.</summary>
    private static DecisionOutcome Revive(OutboxTransaction transaction, in MessageRow row, HistoryKind kind)
    {
        SqliteDatabase database = transaction.Database;
        if (row.Broadcast != 0)
        {
            if (LoadBroadcast(database, row.Broadcast) is not { State: not BroadcastState.Cancelled } broadcast) return DecisionOutcome.WrongState;
            if (broadcast.State == BroadcastState.Done) SetBroadcast(transaction, row.Broadcast, BroadcastState.Running);
        }

        transaction.Move(row, new MessageChange(MessageState.Queued, kind));
        database.Prepare("UPDATE outbox_message SET not_before = 0, expires_at = 0, attempts = 0, flags = flags & ~?2 WHERE id = ?1")
            .Bind(1, row.Id).Bind(2, OutboxSchema.FlagDoubt).Run();
        return DecisionOutcome.Done;
    }
}

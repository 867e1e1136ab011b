using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>The engine's side: ownership, marking and finishing, and what time brings.</summary>
internal sealed partial class SqliteOutbox
{
    private const string LaterDue = "SELECT id FROM outbox_message WHERE state = 0 AND ready = 0 AND not_before <= ?1 ORDER BY not_before LIMIT ?2";
    private const string Expiring =
        "SELECT id FROM outbox_message WHERE state = 0 AND expires_at > 0 AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2";

    private const string RestOver = "SELECT bot, chat FROM outbox_rest WHERE until <= ?1 ORDER BY until LIMIT ?2";
    private const string Swept = "SELECT id FROM outbox_broadcast WHERE sweep = 1";
    private const string SweptMessages = "SELECT id FROM outbox_message WHERE ready = 1 AND queue = ?1 ORDER BY lane, id LIMIT ?2";

    public async Task<long> BeginAsync()
    {
        long epoch = await _writer.RunAsync(Begin, 0L, bounded: false).ConfigureAwait(false);
        Volatile.Write(ref _epoch, epoch);
        return epoch;
    }

    public Task EndAsync() => Task.CompletedTask;

    public long EpochOf(long botId) => Volatile.Read(ref _epoch);

    // Only another process that opens the file could take over, and the file's own lock keeps it out while we live.
    public bool MayLeave(long botId, long epoch) => true;

    public bool Lose(long botId, long epoch) => true;

    public Task<SendPermit> MarkSendingAsync(MessageId id, long epoch, bool again = false) =>
        _writer.RunAsync(transaction => MarkSending(transaction, id.Value, epoch, again), SendPermit.Unavailable, bounded: false);

    public Task<FinishOutcome> FinishAsync(SendEnd end, long epoch) =>
        _writer.RunAsync(transaction => Finish(transaction, end, epoch), FinishOutcome.Unavailable, bounded: false);

    public Task<(bool RestEnded, bool More)> SweepAsync(long epoch)
    {
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        // Most sweeps find nothing, and must not cost a commit.
        return _state.Read(database => HasSweep(database, nowUnixMs))
            ? _writer.RunAsync(transaction => Sweep(transaction, epoch), (false, false), bounded: false)
            : Task.FromResult((false, false));
    }

    public IReadOnlyList<long> Tally(long botId) => _state.Read(database =>
    {
        long[] counts = new long[MessageStates.Count];
        SqliteStatement row = database.Prepare("SELECT s0, s1, s2, s3, s4, s5, s6, s7 FROM outbox_tally WHERE owner = ?1").Bind(1, botId);
        if (!row.Step()) return counts;
        for (int i = 0; i < counts.Length; i++) counts[i] = row.Int64(i);
        return counts;
    });

    private static long Begin(OutboxTransaction transaction)
    {
        SqliteDatabase database = transaction.Database;
        long epoch = transaction.Epoch + 1;
        transaction.Epoch = epoch;
        // A few thousand at most: no owner has more in flight.
        foreach (long id in Ids(database.Prepare("SELECT id FROM outbox_message WHERE state = 1")))
        {
            if (!MessageRow.TryLoad(database, id, out MessageRow row) || row.Epoch >= epoch) continue;
            transaction.Move(row, MessageMove.Recovered(row));
        }

        return epoch;
    }

    private static SendPermit MarkSending(OutboxTransaction transaction, long id, long epoch, bool again)
    {
        if (transaction.Epoch != epoch) return SendPermit.Fenced;
        if (!MessageRow.TryLoad(transaction.Database, id, out MessageRow row)) return SendPermit.Withdrawn;
        bool isOurs = row.State == MessageState.Sending && row.Epoch == epoch;
        if (!isOurs && row.State != MessageState.Queued) return SendPermit.Withdrawn;
        if (row.ExpiresAtUnixMs > 0 && row.ExpiresAtUnixMs <= transaction.NowUnixMs)
        {
            transaction.Move(row, new MessageChange(MessageState.Expired, HistoryKind.Expired));
            return SendPermit.Withdrawn;
        }

        if (isOurs) return SendPermit.Granted;
        if (row.Broadcast != 0 && !IsRunning(transaction.Database, row.Broadcast)) return SendPermit.Withdrawn;
        transaction.BeginSending(row, epoch, again);
        return SendPermit.Granted;
    }

    private static bool IsRunning(SqliteDatabase database, long broadcast)
    {
        SqliteStatement query = database.Prepare("SELECT state FROM outbox_broadcast WHERE id = ?1").Bind(1, broadcast);
        bool isRunning = query.Step() && query.Int64(0) == (long)BroadcastState.Running;
        query.Reset();
        return isRunning;
    }

    private static FinishOutcome Finish(OutboxTransaction transaction, SendEnd end, long epoch)
    {
        if (transaction.Epoch != epoch || !MessageRow.TryLoad(transaction.Database, end.Id.Value, out MessageRow row)) return FinishOutcome.Refused;
        bool isOurs = row.State == MessageState.Sending && row.Epoch == epoch;
        if (!isOurs && row.State != MessageState.Queued) return FinishOutcome.Refused;
        if (end.RestUntilUnixMs > transaction.NowUnixMs) transaction.Rest(row.BotId, row.Chat, end.RestUntilUnixMs);
        // What never began and stays queued has nothing to tell.
        if (isOurs || end.Change.To != MessageState.Queued) transaction.Move(row, end.Change);
        return FinishOutcome.Done;
    }

    private static bool HasSweep(SqliteDatabase database, long nowUnixMs) =>
        database.Prepare(LaterDue).Bind(1, nowUnixMs).Bind(2, 1).Step()
        || database.Prepare(Expiring).Bind(1, nowUnixMs).Bind(2, 1).Step()
        || database.Prepare(RestOver).Bind(1, nowUnixMs).Bind(2, 1).Step()
        || database.Prepare(Swept).Step();

    private static (bool RestEnded, bool More) Sweep(OutboxTransaction transaction, long epoch)
    {
        if (transaction.Epoch != epoch) return default;
        SqliteDatabase database = transaction.Database;
        long nowUnixMs = transaction.NowUnixMs;
        // 1. Expired, before they could become ready.
        List<long> expired = Ids(database.Prepare(Expiring).Bind(1, nowUnixMs).Bind(2, Limits.OutboxSweepRows));
        foreach (long id in expired)
        {
            if (MessageRow.TryLoad(database, id, out MessageRow row)) transaction.Move(row, new MessageChange(MessageState.Expired, HistoryKind.Expired));
        }

        // 2. Their time has come.
        List<long> due = Ids(database.Prepare(LaterDue).Bind(1, nowUnixMs).Bind(2, Limits.OutboxSweepRows));
        foreach (long id in due)
        {
            if (!MessageRow.TryLoad(database, id, out MessageRow row)) continue;
            database.Prepare("UPDATE outbox_message SET ready = 1 WHERE id = ?1").Bind(1, id).Run();
            transaction.Ready(id, row.Queue, row.Lane);
        }

        // 3. Chats that have rested.
        int rested = EndRests(transaction);
        // 4. Cancelled broadcasts.
        bool moreSwept = SweepBroadcasts(transaction);
        bool more = moreSwept || Math.Max(rested, Math.Max(expired.Count, due.Count)) == Limits.OutboxSweepRows;
        return (rested > 0, more);
    }

    private static int EndRests(OutboxTransaction transaction)
    {
        SqliteDatabase database = transaction.Database;
        List<(long Bot, long Chat)> rested = [];
        SqliteStatement over = database.Prepare(RestOver).Bind(1, transaction.NowUnixMs).Bind(2, Limits.OutboxSweepRows);
        while (over.Step()) rested.Add((over.Int64(0), over.Int64(1)));
        foreach ((long bot, long chat) in rested)
        {
            database.Prepare("DELETE FROM outbox_rest WHERE bot = ?1 AND chat = ?2").Bind(1, bot).Bind(2, chat).Run();
            for (LanePriority priority = LanePriority.Interactive; priority <= LanePriority.Bulk; priority++)
            {
                transaction.Hints.Add(new OutboxHint(OutboxNumbers.QueueOf(bot, priority), chat));
            }
        }

        return rested.Count;
    }

    /// <summary>Cancels a batch of what cancelled broadcasts have queued. True when there may be more.</summary>
    private static bool SweepBroadcasts(OutboxTransaction transaction)
    {
        SqliteDatabase database = transaction.Database;
        int room = Limits.OutboxSweepRows;
        foreach (long broadcast in Ids(database.Prepare(Swept)))
        {
            List<long> messages = Ids(database.Prepare(SweptMessages).Bind(1, broadcast).Bind(2, room));
            foreach (long id in messages)
            {
                if (!MessageRow.TryLoad(database, id, out MessageRow row)) continue;
                transaction.Move(row, new MessageChange(MessageState.Cancelled, HistoryKind.Cancelled));
            }

            room -= messages.Count;
            if (room == 0) return true;
            // One that is being sent may still come back to the queue: the mark stays until it has ended.
            SqliteStatement left = database.Prepare("SELECT s1 FROM outbox_tally WHERE owner = ?1").Bind(1, broadcast);
            bool isSending = left.Step() && left.Int64(0) > 0;
            left.Reset();
            if (!isSending) database.Prepare("UPDATE outbox_broadcast SET sweep = 0 WHERE id = ?1").Bind(1, broadcast).Run();
        }

        return false;
    }

    private static List<long> Ids(SqliteStatement query)
    {
        List<long> ids = [];
        while (query.Step()) ids.Add(query.Int64(0));
        query.Reset();
        return ids;
    }
}

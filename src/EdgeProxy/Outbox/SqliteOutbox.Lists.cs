using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>Looking messages up. Lists walk the ids upwards, in slices, so that no reader holds the file for long.</summary>
internal sealed partial class SqliteOutbox
{
    private const string Columns =
        """
        m.id, m.state, m.bot, m.queue, m.chat, m.chat_name, m.flags, m.updated, m.events, m.outcome, m.error_code, m.error, m.telegram_id,
          m.not_before, m.expires_at, m.broadcast, m.idem_key, m.method
        """;

    private const string ByBroadcast = $"SELECT {Columns} FROM outbox_message m WHERE m.id > ?1 AND m.id <= ?2 ORDER BY m.id LIMIT ?3";
    private const string ByState =
        $"SELECT {Columns} FROM outbox_message m WHERE m.state > 2 AND m.state = ?4 AND m.id > ?1 AND m.id <= ?2 ORDER BY m.id LIMIT ?3";

    private const string BySending =
        $"SELECT {Columns} FROM outbox_message m WHERE m.state = 1 AND m.id > ?1 AND m.id <= ?2 ORDER BY m.id LIMIT ?3";

    private const string ById = $"SELECT {Columns}, m.parameters FROM outbox_message m WHERE m.id = ?1";

    public Task<MessageRecord?> FindAsync(MessageId id) => ReadAsync(database => Find(database, id.Value));

    public Task<MessagePage> ListAsync(MessageQuery query) => Task.Run(() => List(query));

    private static MessageRecord? Find(SqliteDatabase database, long id)
    {
        SqliteStatement row = database.Prepare(ById).Bind(1, id);
        if (!row.Step()) return null;
        MessageRecord record = ReadRecord(row);
        byte[] parameters = row.Blob(18).ToArray();
        int events = (int)row.Int64(8);
        var kind = (HistoryKind)row.Int64(9);
        string method = record.Method;
        if (!record.BroadcastId.Equals(default) && LoadBroadcast(database, record.BroadcastId.Value) is { } broadcast)
        {
            parameters = Recipient.Parameters(broadcast.Parameters, record.Chat);
            method = broadcast.Method;
        }

        return record with { Method = method, Parameters = parameters, Attempts = ReadHistory(database, record, events, kind) };
    }

    private static List<MessageAttempt> ReadHistory(SqliteDatabase database, MessageRecord record, int events, HistoryKind kind)
    {
        List<MessageAttempt> history = [new(record.CreatedUnixMs, HistoryKinds.Name(HistoryKind.Accepted), MessageState.Queued, 0, null)];
        if (events > 0)
        {
            SqliteStatement rows = database
                .Prepare("SELECT at, outcome, state, error_code, error FROM outbox_attempt WHERE message = ?1 ORDER BY n").Bind(1, record.Id.Value);
            while (rows.Step())
            {
                history.Add(new MessageAttempt(
                    rows.Int64(0), HistoryKinds.Name((HistoryKind)rows.Int64(1)), (MessageState)rows.Int64(2), (int)rows.Int64(3), rows.Text(4)));
            }
        }

        if (kind != HistoryKind.None)
        {
            history.Add(new MessageAttempt(record.UpdatedUnixMs, HistoryKinds.Name(kind), record.State, record.ErrorCode, record.Error));
        }

        return history;
    }

    private static MessageRecord ReadRecord(SqliteStatement row)
    {
        long broadcast = row.Int64(15);
        long flags = row.Int64(6);
        return new MessageRecord
        {
            Id = new MessageId(row.Int64(0)),
            State = (MessageState)row.Int64(1),
            BotId = row.Int64(2),
            Priority = broadcast != 0 ? LanePriority.Bulk : (LanePriority)(row.Int64(3) & 3),
            Chat = ReadChat(row, 4, 5),
            OnUnknown = (flags & OutboxSchema.FlagResend) != 0 ? OnUnknown.Resend : OnUnknown.Hold,
            Transport = OutboxNumbers.TransportOf(flags),
            CreatedUnixMs = MessageClock.UnixMs(row.Int64(0)),
            UpdatedUnixMs = row.Int64(7),
            ErrorCode = (int)row.Int64(10),
            Error = row.Text(11),
            TelegramMessageId = row.Int64(12),
            NotBeforeUnixMs = row.Int64(13),
            ExpiresAtUnixMs = row.Int64(14),
            BroadcastId = new MessageId(broadcast),
            IdempotencyKey = row.Text(16),
            Method = row.Text(17) ?? "",
        };
    }

    private static ChatTarget ReadChat(SqliteStatement row, int idColumn, int nameColumn) =>
        row.Text(nameColumn) is { } name ? new ChatTarget(0, name) : new ChatTarget(row.Int64(idColumn), null);

    private MessagePage List(MessageQuery query)
    {
        int limit = Math.Clamp(query.Limit, 1, Limits.OutboxPageMax);
        long after = Math.Max(query.After.Value, MessageClock.FirstOf(query.SinceUnixMs) - 1);
        List<MessageRecord> found = [];
        Dictionary<long, string> methods = [];
        for (int rows = 0; rows < Limits.OutboxPageRows && found.Count < limit;)
        {
            (int seen, long last, bool end) = _state.Read(database => ReadSlice(database, query, after, limit, found, methods));
            // A full page says nothing about the rest of its slice.
            if ((end || seen == 0) && found.Count < limit) return new MessagePage(found, default);
            rows += seen;
            after = last;
        }

        return new MessagePage(found, found.Count < limit ? new MessageId(after) : found[^1].Id);
    }

    /// <summary>One slice: the rows of the narrowest walk that the query allows, those that match added to <paramref name="found"/>.</summary>
    private static (int Rows, long Last, bool End) ReadSlice(
        SqliteDatabase database, MessageQuery query, long after, int limit, List<MessageRecord> found, Dictionary<long, string> methods)
    {
        long upTo = long.MaxValue;
        if (query.BroadcastId.Value != 0)
        {
            // A broadcast's recipients lie between its own id and its last one's, hardly mixed with others.
            if (LoadBroadcast(database, query.BroadcastId.Value) is not { } broadcast) return (0, 0, true);
            (after, upTo) = (Math.Max(after, query.BroadcastId.Value), broadcast.LastRecipient);
        }

        List<MessageRecord> slice = [];
        if (query.HasIndexes)
        {
            foreach (MessageState state in query.States)
            {
                SqliteStatement rows = state == MessageState.Sending ? database.Prepare(BySending) : database.Prepare(ByState).Bind(4, (long)state);
                Gather(rows.Bind(1, after).Bind(2, upTo).Bind(3, Limits.OutboxSliceRows), slice);
            }

            slice.Sort(static (left, right) => left.Id.Value.CompareTo(right.Id.Value));
            if (slice.Count > Limits.OutboxSliceRows) slice.RemoveRange(Limits.OutboxSliceRows, slice.Count - Limits.OutboxSliceRows);
        }
        else
        {
            Gather(database.Prepare(ByBroadcast).Bind(1, after).Bind(2, upTo).Bind(3, Limits.OutboxSliceRows), slice);
        }

        foreach (MessageRecord record in slice)
        {
            if (found.Count >= limit) break;
            if (query.Matches(record)) found.Add(record.Method.Length > 0 ? record : record with { Method = MethodOf(database, record, methods) });
        }

        return (slice.Count, slice.Count == 0 ? after : slice[^1].Id.Value, slice.Count < Limits.OutboxSliceRows);
    }

    private static void Gather(SqliteStatement rows, List<MessageRecord> slice)
    {
        while (rows.Step()) slice.Add(ReadRecord(rows));
        rows.Reset();
    }

    private static string MethodOf(SqliteDatabase database, MessageRecord record, Dictionary<long, string> methods)
    {
        long broadcast = record.BroadcastId.Value;
        if (!methods.TryGetValue(broadcast, out string? method)) methods.Add(broadcast, method = LoadBroadcast(database, broadcast)?.Method ?? "");
        return method;
    }
}

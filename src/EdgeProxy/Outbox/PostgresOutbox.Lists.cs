using EdgeProxy.Lanes;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>Looking messages up. Lists walk the ids upwards, in slices, so that no search works on for a caller who has gone.</summary>
internal sealed partial class PostgresOutbox
{
    private const string Columns =
        """
        m.id, m.state, m.bot, m.queue, m.chat, m.chat_name, m.flags, m.updated, m.events, m.outcome, m.error_code, m.error, m.telegram_id,
          m.not_before, m.expires_at, m.broadcast, m.idem_key, coalesce(m.method, (SELECT b.method FROM outbox_broadcast b WHERE b.id = m.broadcast))
        """;

    private const string ById = $"SELECT {Columns}, m.parameters FROM outbox_message m WHERE m.id = $1";
    private const string BySlice = $"SELECT {Columns} FROM outbox_message m WHERE m.id > $1 AND m.id <= $2 ORDER BY m.id LIMIT $3";
    private const string BySending =
        $"""
        SELECT {Columns} FROM unnest($4) q (bot) CROSS JOIN LATERAL (
          SELECT x.* FROM outbox_message x WHERE x.state = 1 AND x.bot = q.bot AND x.id > $1 AND x.id <= $2 ORDER BY x.id LIMIT $3) m
        ORDER BY m.id LIMIT $3
        """;

    private const string SendingBots =
        """
        WITH RECURSIVE walk (bot) AS (
          (SELECT m.bot FROM outbox_message m WHERE m.state = 1 ORDER BY m.bot LIMIT 1)
          UNION ALL
          SELECT (SELECT m.bot FROM outbox_message m WHERE m.state = 1 AND m.bot > walk.bot ORDER BY m.bot LIMIT 1) FROM walk WHERE walk.bot IS NOT NULL)
        SELECT bot FROM walk WHERE bot IS NOT NULL
        """;

    private const string ByState =
        $"SELECT {Columns} FROM outbox_message m WHERE m.state > 2 AND m.state = $4 AND m.id > $1 AND m.id <= $2 ORDER BY m.id LIMIT $3";

    private const string History = "SELECT at, outcome, state, error_code, error FROM outbox_attempt WHERE message = $1 ORDER BY n";

    public Task<MessageRecord?> FindAsync(MessageId id) => ReadAsync(connection => FindAsync(connection, id.Value));

    public async Task<MessagePage> ListAsync(MessageQuery query)
    {
        int limit = Math.Clamp(query.Limit, 1, Limits.OutboxPageMax);
        long after = Math.Max(query.After.Value, MessageClock.FirstOf(query.SinceUnixMs) - 1);
        long upTo = long.MaxValue;
        List<MessageRecord> found = [];
        if (query.BroadcastId.Value != 0)
        {
            // A broadcast's recipients lie between its own id and its last one's, hardly mixed with others.
            BroadcastRow? broadcast = await ReadAsync(connection => BroadcastAsync(connection, query.BroadcastId.Value)).ConfigureAwait(false);
            if (broadcast is null) return new MessagePage(found, default);
            (after, upTo) = (Math.Max(after, query.BroadcastId.Value), broadcast.LastRecipient);
        }

        for (int rows = 0; rows < Limits.OutboxPageRows && found.Count < limit;)
        {
            long from = after;
            List<MessageRecord> slice = await ReadAsync(connection => SliceAsync(connection, query, from, upTo)).ConfigureAwait(false);
            foreach (MessageRecord record in slice)
            {
                if (found.Count >= limit) break;
                if (query.Matches(record)) found.Add(record);
            }

            // A full page says nothing about the rest of its slice.
            if (slice.Count < Limits.OutboxSliceRows && found.Count < limit) return new MessagePage(found, default);
            rows += slice.Count;
            after = slice[^1].Id.Value;
        }

        return new MessagePage(found, found.Count < limit ? new MessageId(after) : found[^1].Id);
    }

    private static async Task<MessageRecord?> FindAsync(NpgsqlConnection connection, long id)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.Timeout = Limits.OutboxStatementS;
        batch.Add(ById).With(id);
        batch.Add(History).With(id);
        batch.Add(
            """
            SELECT b.id, b.bot, b.state, b.last_recipient, b.flags, b.weight, b.not_before, b.expires_at, b.method, b.parameters
            FROM outbox_broadcast b JOIN outbox_message m ON m.broadcast = b.id WHERE m.id = $1
            """).With(id);
        await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        if (!await rows.ReadAsync().ConfigureAwait(false)) return null;
        MessageRecord record = ReadRecord(rows);
        byte[] parameters = rows.IsDBNull(18) ? [] : rows.GetFieldValue<byte[]>(18);
        var kind = (HistoryKind)rows.GetInt32(9);
        await rows.NextResultAsync().ConfigureAwait(false);
        List<MessageAttempt> history = [new(record.CreatedUnixMs, HistoryKinds.Name(HistoryKind.Accepted), MessageState.Queued, 0, null)];
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            history.Add(new MessageAttempt(
                rows.GetInt64(0), HistoryKinds.Name((HistoryKind)rows.GetInt32(1)), (MessageState)rows.GetInt32(2), rows.GetInt32(3), rows.TextOrNull(4)));
        }

        if (kind != HistoryKind.None)
        {
            history.Add(new MessageAttempt(record.UpdatedUnixMs, HistoryKinds.Name(kind), record.State, record.ErrorCode, record.Error));
        }

        await rows.NextResultAsync().ConfigureAwait(false);
        bool isRecipient = await rows.ReadAsync().ConfigureAwait(false);
        if (isRecipient) parameters = Recipient.Parameters(rows.GetFieldValue<byte[]>(9), record.Chat);
        return record with { Parameters = parameters, Attempts = history };
    }

    private static async Task<BroadcastRow?> BroadcastAsync(NpgsqlConnection connection, long id)
    {
        await using NpgsqlCommand command = new NpgsqlCommand(OneBroadcastRow, connection).With(id);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync().ConfigureAwait(false);
        return await row.ReadAsync().ConfigureAwait(false) ? ReadBroadcastRow(row) : null;
    }

    /// <summary>One slice: the rows of the narrowest walk that the query allows.</summary>
    private static async Task<List<MessageRecord>> SliceAsync(NpgsqlConnection connection, MessageQuery query, long after, long upTo)
    {
        List<MessageRecord> slice = [];
        if (!query.HasIndexes)
        {
            await GatherAsync(new NpgsqlCommand(BySlice, connection).With(after).With(upTo).With(Limits.OutboxSliceRows), slice).ConfigureAwait(false);
            return slice;
        }

        foreach (MessageState state in query.States)
        {
            NpgsqlCommand command;
            if (state == MessageState.Sending)
            {
                List<long> bots = await IdsAsync(connection, new NpgsqlCommand(SendingBots)).ConfigureAwait(false);
                command = new NpgsqlCommand(BySending, connection).With(after).With(upTo).With(Limits.OutboxSliceRows).With(bots.ToArray());
            }
            else
            {
                command = new NpgsqlCommand(ByState, connection).With(after).With(upTo).With(Limits.OutboxSliceRows).With((int)state);
            }

            await GatherAsync(command, slice).ConfigureAwait(false);
        }

        slice.Sort(static (left, right) => left.Id.Value.CompareTo(right.Id.Value));
        if (slice.Count > Limits.OutboxSliceRows) slice.RemoveRange(Limits.OutboxSliceRows, slice.Count - Limits.OutboxSliceRows);
        return slice;
    }

    private static async Task GatherAsync(NpgsqlCommand command, List<MessageRecord> slice)
    {
        await using (command)
        {
            command.CommandTimeout = Limits.OutboxStatementS;
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
            while (await rows.ReadAsync().ConfigureAwait(false)) slice.Add(ReadRecord(rows));
        }
    }

    private static MessageRecord ReadRecord(NpgsqlDataReader row)
    {
        long broadcast = row.GetInt64(15);
        return new MessageRecord
        {
            Id = new MessageId(row.GetInt64(0)),
            State = (MessageState)row.GetInt32(1),
            BotId = row.GetInt64(2),
            Priority = broadcast != 0 ? LanePriority.Bulk : (LanePriority)(row.GetInt64(3) & 3),
            Chat = ReadChat(row, 4, 5),
            OnUnknown = (row.GetInt32(6) & OutboxSchema.FlagResend) != 0 ? OnUnknown.Resend : OnUnknown.Hold,
            Transport = OutboxNumbers.TransportOf(row.GetInt32(6)),
            CreatedUnixMs = MessageClock.UnixMs(row.GetInt64(0)),
            UpdatedUnixMs = row.GetInt64(7),
            ErrorCode = row.GetInt32(10),
            Error = row.TextOrNull(11),
            TelegramMessageId = row.GetInt64(12),
            NotBeforeUnixMs = row.GetInt64(13),
            ExpiresAtUnixMs = row.GetInt64(14),
            BroadcastId = new MessageId(broadcast),
            IdempotencyKey = row.TextOrNull(16),
            Method = row.TextOrNull(17) ?? "",
        };
    }
}

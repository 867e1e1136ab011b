using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// A transaction's first round trip: locks and reads what its works need. Everybody locks in the same order (owners, broadcasts, messages, each by
/// number), so that two transactions wait for one another instead of in a circle. Each statement sees what was committed before it began.
/// </summary>
internal static class PostgresLoad
{
    public const string Clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    private const string Owners =
        """
        SELECT o.bot, coalesce(o.member, 0), o.epoch FROM outbox_owner o
        WHERE o.bot IN (SELECT m.bot FROM outbox_message m WHERE m.id = ANY ($1)) ORDER BY o.bot FOR SHARE
        """;

    private const string Broadcasts =
        """
        SELECT b.id, b.bot, b.state, b.last_recipient, b.flags, b.weight, b.not_before, b.expires_at FROM outbox_broadcast b
        WHERE b.id IN (SELECT unnest($1) UNION ALL SELECT m.broadcast FROM outbox_message m WHERE m.id = ANY ($2) AND m.broadcast > 0)
        ORDER BY b.id FOR UPDATE
        """;

    private const string Messages =
        """
        SELECT id, state, epoch, bot, broadcast, queue, lane, chat, flags, updated, attempts, events, outcome, error_code, expires_at, telegram_id,
          migrated, error, ready, not_before
        FROM outbox_message WHERE id = ANY ($1) ORDER BY id FOR UPDATE
        """;

    private const string Keys =
        """
        SELECT k.bot, k.key, k.id, k.request_hash, coalesce(m.state, 0)
        FROM unnest($1, $2) q (bot, key) JOIN outbox_key k ON k.bot = q.bot AND k.key = q.key LEFT JOIN outbox_message m ON m.id = k.id
        """;

    private const string Recipients =
        """
        SELECT m.broadcast, m.chat FROM unnest($1, $2) q (broadcast, chat)
        JOIN outbox_message m ON m.broadcast > 0 AND m.broadcast = q.broadcast AND m.chat = q.chat
        """;

    /// <summary>Reads into a new transaction.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="bundle">The works.</param>
    /// <param name="begin">Makes the transaction once the server's clock is known, Unix microseconds.</param>
    public static async Task<PostgresTransaction> RunAsync(
        NpgsqlConnection connection, IReadOnlyList<PostgresOp> bundle, Func<long, PostgresTransaction> begin)
    {
        List<long> messages = [], fenced = [], broadcasts = [], keyBots = [], recipientOf = [], recipients = [];
        List<string> keys = [];
        foreach (PostgresOp op in bundle)
        {
            messages.AddRange(op.Messages);
            if (op.NeedsOwner) fenced.AddRange(op.Messages);
            broadcasts.AddRange(op.Broadcasts);
            if (op.Key.Bot != 0)
            {
                keyBots.Add(op.Key.Bot);
                keys.Add(op.Key.Text);
            }

            foreach (long chat in op.Recipients)
            {
                recipientOf.Add(op.Broadcasts[0]);
                recipients.Add(chat);
            }
        }

        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.Timeout = Limits.OutboxStatementS;
        batch.Add(Clock);
        List<Action<PostgresTransaction, NpgsqlDataReader>> readers = [];
        if (fenced.Count > 0) Want(batch, readers, Owners, ReadOwner).With(fenced.ToArray());
        if (broadcasts.Count + messages.Count > 0) Want(batch, readers, Broadcasts, ReadBroadcast).With(broadcasts.ToArray()).With(messages.ToArray());
        if (messages.Count > 0) Want(batch, readers, Messages, ReadMessage).With(messages.ToArray());
        if (keys.Count > 0) Want(batch, readers, Keys, ReadKey).With(keyBots.ToArray()).With(keys.ToArray());
        if (recipients.Count > 0) Want(batch, readers, Recipients, ReadRecipient).With(recipientOf.ToArray()).With(recipients.ToArray());
        await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await rows.ReadAsync().ConfigureAwait(false);
        PostgresTransaction transaction = begin(rows.GetInt64(0));
        foreach (Action<PostgresTransaction, NpgsqlDataReader> read in readers)
        {
            await rows.NextResultAsync().ConfigureAwait(false);
            while (await rows.ReadAsync().ConfigureAwait(false)) read(transaction, rows);
        }

        return transaction;
    }

    private static NpgsqlBatchCommand Want(
        NpgsqlBatch batch, List<Action<PostgresTransaction, NpgsqlDataReader>> readers, string sql, Action<PostgresTransaction, NpgsqlDataReader> read)
    {
        readers.Add(read);
        return batch.Add(sql);
    }

    private static void ReadOwner(PostgresTransaction transaction, NpgsqlDataReader row) =>
        transaction.Owners[row.GetInt64(0)] = (row.GetInt64(1), row.GetInt64(2));

    private static void ReadBroadcast(PostgresTransaction transaction, NpgsqlDataReader row) =>
        transaction.Broadcasts[row.GetInt64(0)] = new BroadcastRow(
            row.GetInt64(0), row.GetInt64(1), (BroadcastState)row.GetInt32(2), row.GetInt64(3), row.GetInt32(4), row.GetInt32(5), row.GetInt64(6),
            row.GetInt64(7), "", []);

    private static void ReadMessage(PostgresTransaction transaction, NpgsqlDataReader row) =>
        transaction.Messages[row.GetInt64(0)] = new PostgresEntry(
            new MessageRow
            {
                Id = row.GetInt64(0),
                State = (MessageState)row.GetInt32(1),
                Epoch = row.GetInt64(2),
                BotId = row.GetInt64(3),
                Broadcast = row.GetInt64(4),
                Queue = row.GetInt64(5),
                Lane = row.GetInt64(6),
                Chat = row.GetInt64(7),
                Flags = row.GetInt32(8),
                UpdatedUnixMs = row.GetInt64(9),
                Attempts = row.GetInt32(10),
                Events = row.GetInt32(11),
                Kind = (HistoryKind)row.GetInt32(12),
                ErrorCode = row.GetInt32(13),
                ExpiresAtUnixMs = row.GetInt64(14),
                TelegramMessageId = row.GetInt64(15),
                MigratedTo = row.GetInt64(16),
                Error = row.TextOrNull(17),
            },
            row.GetBoolean(18),
            row.GetInt64(19));

    private static void ReadKey(PostgresTransaction transaction, NpgsqlDataReader row)
    {
        var known = new Acceptance(AcceptOutcome.Repeated, new MessageId(row.GetInt64(2)), (MessageState)row.GetInt32(4));
        transaction.Keys[(row.GetInt64(0), row.GetString(1))] = (known, row.GetFieldValue<byte[]>(3));
    }

    private static void ReadRecipient(PostgresTransaction transaction, NpgsqlDataReader row) =>
        transaction.Recipients.Add((row.GetInt64(0), row.GetInt64(1)));
}

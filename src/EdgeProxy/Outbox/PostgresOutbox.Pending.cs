using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// What goes next. Ordinary queues are walked chat by chat within the server: the index is entered once a chat, behind the last one, so that a chat
/// with 100,000 messages costs as much as one with a single message. Broadcasts go by id. Only of bots that this process owns. Whether a chat rests is
/// asked chat by chat: written as NOT EXISTS, the planner would read all chats that rest.
/// </summary>
internal sealed partial class PostgresOutbox
{
    private const string Queues =
        """
        WITH RECURSIVE walk (queue) AS (
          (SELECT m.queue FROM outbox_message m WHERE m.ready AND m.queue < $1 ORDER BY m.queue LIMIT 1)
          UNION ALL
          SELECT (SELECT m.queue FROM outbox_message m WHERE m.ready AND m.queue > walk.queue AND m.queue < $1 ORDER BY m.queue LIMIT 1)
          FROM walk WHERE walk.queue IS NOT NULL)
        SELECT queue FROM walk WHERE queue IS NOT NULL
        UNION ALL SELECT id FROM outbox_broadcast WHERE state < 3 AND state = 1 AND bot = ANY ($2) AND not_before <= $3
        """;

    private const string PendingColumns =
        "m.id, m.bot, m.queue, m.lane, m.chat, m.chat_name, m.flags, m.weight, m.expires_at, m.attempts, m.method, m.parameters";

    private const string NextLanes =
        $"""
        WITH RECURSIVE walk (lane, id, n) AS (
          (SELECT f.lane, f.id, 1 FROM outbox_message f WHERE f.ready AND f.queue = $1 AND f.lane > $2 ORDER BY f.lane, f.id LIMIT 1)
          UNION ALL
          SELECT next.lane, next.id, walk.n + 1 FROM walk CROSS JOIN LATERAL (
            SELECT f.lane, f.id FROM outbox_message f WHERE f.ready AND f.queue = $1 AND f.lane > walk.lane ORDER BY f.lane, f.id LIMIT 1) next
          WHERE walk.n < $3)
        SELECT {PendingColumns}, w.lane FROM walk w LEFT JOIN outbox_message m ON m.id = w.id AND w.lane <> ALL ($4)
          AND coalesce((SELECT r.until FROM outbox_rest r WHERE r.bot = $5 AND r.chat = w.lane), 0) <= $6
        ORDER BY w.n
        """;

    private const string LaneHead =
        $"""
        SELECT {PendingColumns} FROM outbox_message m WHERE m.ready AND m.queue = $1 AND m.lane = $2
          AND coalesce((SELECT r.until FROM outbox_rest r WHERE r.bot = m.bot AND r.chat = m.chat), 0) <= $3
        ORDER BY m.id LIMIT 1
        """;

    private const string NextRecipients =
        $"""
        SELECT {PendingColumns} FROM outbox_message m WHERE m.ready AND m.queue = $1 AND m.lane = 0 AND m.id > $2 AND m.id <> ALL ($3)
          AND coalesce((SELECT r.until FROM outbox_rest r WHERE r.bot = m.bot AND r.chat = m.chat), 0) <= $4
        ORDER BY m.id LIMIT $5
        """;

    private const string OneBroadcastRow =
        "SELECT id, bot, state, last_recipient, flags, weight, not_before, expires_at, method, parameters FROM outbox_broadcast WHERE id = $1";

    private const string UploadsOf =
        "SELECT message, part, file_name, content_type, path, bytes FROM outbox_upload WHERE message = ANY ($1) ORDER BY message, part";

    public Task<IReadOnlyList<long>> QueuesAsync() => ReadOrAsync<IReadOnlyList<long>>([], async connection =>
    {
        var command = new NpgsqlCommand(Queues).With(OutboxNumbers.FirstBroadcast).With(_ownership.Owned()).With(NowUnixMs());
        List<long> queues = await IdsAsync(connection, command).ConfigureAwait(false);
        queues.RemoveAll(queue => !OutboxNumbers.IsBroadcastQueue(queue) && _ownership.EpochOf(OutboxNumbers.BotOf(queue)) == 0);
        return queues;
    });

    public Task<PendingPage> NextAsync(PendingQuery query) => ReadOrAsync(
        new PendingPage([], long.MinValue, true),
        connection => OutboxNumbers.IsBroadcastQueue(query.Queue) ? NextOfBroadcastAsync(connection, query) : NextOfLanesAsync(connection, query));

    public Task<PendingMessage?> HeadAsync(long queue, long lane) => ReadOrAsync<PendingMessage?>(null, async connection =>
    {
        if (_ownership.EpochOf(OutboxNumbers.BotOf(queue)) == 0) return null;
        List<PendingMessage> found = [];
        await using (NpgsqlCommand command = new NpgsqlCommand(LaneHead, connection).With(queue).With(lane).With(NowUnixMs()))
        {
            command.CommandTimeout = Limits.OutboxStatementS;
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
            if (await rows.ReadAsync().ConfigureAwait(false)) found.Add(ReadPending(rows, null));
        }

        await AddUploadsAsync(connection, found).ConfigureAwait(false);
        return found.Count > 0 ? found[0] : null;
    });

    private async Task<PendingPage> NextOfLanesAsync(NpgsqlConnection connection, PendingQuery query)
    {
        List<PendingMessage> found = [];
        long bot = OutboxNumbers.BotOf(query.Queue);
        if (_ownership.EpochOf(bot) == 0) return new PendingPage(found, long.MinValue, true);
        int most = (int)Math.Min(Limits.OutboxSliceRows, (long)query.Limit + query.Busy.Count);
        long lane = query.After;
        long bytes = 0;
        int seen = 0;
        bool isCut = false;
        await using (NpgsqlCommand command = new NpgsqlCommand(NextLanes, connection).With(query.Queue).With(lane).With(most)
            .With(query.Busy.ToArray()).With(bot).With(NowUnixMs()))
        {
            command.CommandTimeout = Limits.OutboxStatementS;
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
            while (!isCut && await rows.ReadAsync().ConfigureAwait(false))
            {
                seen++;
                lane = rows.GetInt64(12);
                if (rows.IsDBNull(0)) continue;
                PendingMessage message = ReadPending(rows, null);
                found.Add(message);
                bytes += message.Parameters.Length;
                isCut = found.Count >= query.Limit || bytes >= query.BytesMax;
            }
        }

        await AddUploadsAsync(connection, found).ConfigureAwait(false);
        bool isEnd = !isCut && seen < most;
        return new PendingPage(found, isEnd ? long.MinValue : lane, isEnd);
    }

    private async Task<PendingPage> NextOfBroadcastAsync(NpgsqlConnection connection, PendingQuery query)
    {
        List<PendingMessage> found = [];
        int most = Math.Min(Limits.OutboxSliceRows, query.Limit);
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.Timeout = Limits.OutboxStatementS;
        batch.Add(OneBroadcastRow).With(query.Queue);
        batch.Add(NextRecipients).With(query.Queue).With(query.After).With(query.Busy.ToArray()).With(NowUnixMs()).With(most);
        await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        BroadcastRow? broadcast = await rows.ReadAsync().ConfigureAwait(false) ? ReadBroadcastRow(rows) : null;
        bool isOurs = broadcast is { State: BroadcastState.Running } && _ownership.EpochOf(broadcast.BotId) != 0;
        if (!isOurs) return new PendingPage(found, long.MinValue, true);
        await rows.NextResultAsync().ConfigureAwait(false);
        long bytes = 0;
        while (bytes < query.BytesMax && await rows.ReadAsync().ConfigureAwait(false))
        {
            PendingMessage message = ReadPending(rows, broadcast);
            found.Add(message);
            bytes += message.Parameters.Length;
        }

        bool isEnd = found.Count < most && bytes < query.BytesMax;
        return new PendingPage(found, isEnd || found.Count == 0 ? long.MinValue : found[^1].Id.Value, isEnd);
    }

    private static BroadcastRow ReadBroadcastRow(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), (BroadcastState)row.GetInt32(2), row.GetInt64(3), row.GetInt32(4), row.GetInt32(5), row.GetInt64(6),
        row.GetInt64(7), row.GetString(8), row.GetFieldValue<byte[]>(9));

    private static PendingMessage ReadPending(NpgsqlDataReader row, BroadcastRow? broadcast)
    {
        ChatTarget chat = ReadChat(row, 4, 5);
        int flags = row.GetInt32(6);
        long id = row.GetInt64(0);
        return new PendingMessage
        {
            Id = new MessageId(id),
            BotId = row.GetInt64(1),
            Queue = row.GetInt64(2),
            Lane = broadcast is null ? row.GetInt64(3) : id,
            Chat = chat,
            Weight = row.GetInt32(7),
            Paid = (flags & OutboxSchema.FlagPaid) != 0,
            IsBroadcast = broadcast is not null,
            OnUnknown = (flags & OutboxSchema.FlagResend) != 0 ? OnUnknown.Resend : OnUnknown.Hold,
            Transport = OutboxNumbers.TransportOf(flags),
            ExpiresAtUnixMs = row.GetInt64(8),
            Attempts = row.GetInt32(9),
            Method = broadcast?.Method ?? row.TextOrNull(10) ?? "",
            Parameters = broadcast is null ? row.GetFieldValue<byte[]>(11) : Recipient.Parameters(broadcast.Parameters, chat),
            HasUploads = (flags & OutboxSchema.FlagUploads) != 0,
        };
    }

    private static ChatTarget ReadChat(NpgsqlDataReader row, int idColumn, int nameColumn) =>
        row.TextOrNull(nameColumn) is { } name ? new ChatTarget(0, name) : new ChatTarget(row.GetInt64(idColumn), null);

    private static async Task AddUploadsAsync(NpgsqlConnection connection, List<PendingMessage> found)
    {
        long[] with = [.. found.Where(message => message.HasUploads).Select(message => message.Id.Value)];
        if (with.Length == 0) return;
        Dictionary<long, List<StoredUpload>> uploads = [];
        await using (NpgsqlCommand command = new NpgsqlCommand(UploadsOf, connection).With(with))
        {
            command.CommandTimeout = Limits.OutboxStatementS;
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
            while (await rows.ReadAsync().ConfigureAwait(false))
            {
                long message = rows.GetInt64(0);
                if (!uploads.TryGetValue(message, out List<StoredUpload>? files)) uploads.Add(message, files = []);
                files.Add(new StoredUpload(rows.GetString(1), rows.GetString(2), rows.TextOrNull(3), rows.GetString(4), rows.GetInt64(5)));
            }
        }

        for (int i = 0; i < found.Count; i++)
        {
            if (uploads.TryGetValue(found[i].Id.Value, out List<StoredUpload>? files)) found[i] = found[i] with { Uploads = files };
        }
    }
}

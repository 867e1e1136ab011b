using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// What goes next. Ordinary queues are walked chat by chat: the index is entered once a chat, behind the last one, so that a chat with 100,000
/// messages costs as much as one with a single message, and everybody has a turn in each round. Broadcasts go by id.
/// </summary>
internal sealed partial class SqliteOutbox
{
    private const string FirstQueue = "SELECT queue FROM outbox_message WHERE ready = 1 AND queue > ?1 ORDER BY queue LIMIT 1";
    private const string NextLane =
        "SELECT lane, id FROM outbox_message WHERE ready = 1 AND queue = ?1 AND lane > ?2 ORDER BY lane, id LIMIT 1";

    private const string LaneHead = "SELECT id FROM outbox_message WHERE ready = 1 AND queue = ?1 AND lane = ?2 ORDER BY id LIMIT 1";
    private const string NextRecipients =
        "SELECT id FROM outbox_message WHERE ready = 1 AND queue = ?1 AND lane = 0 AND id > ?2 ORDER BY id LIMIT ?3";

    private const string LoadPending =
        """
        SELECT bot, queue, lane, chat, chat_name, flags, weight, expires_at, attempts, method, parameters, broadcast FROM outbox_message WHERE id = ?1
        """;

    private const string RestOf = "SELECT until FROM outbox_rest WHERE bot = ?1 AND chat = ?2";
    private const string RunningBroadcasts = "SELECT id, not_before FROM outbox_broadcast WHERE state < 3 AND state = 1";

    private static readonly IReadOnlySet<long> None = new HashSet<long>();

    public Task<IReadOnlyList<long>> QueuesAsync()
    {
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return Task.FromResult<IReadOnlyList<long>>(_state.Read(database =>
        {
            List<long> queues = [];
            long after = 0;
            while (true)
            {
                SqliteStatement next = database.Prepare(FirstQueue).Bind(1, after);
                if (!next.Step()) break;
                after = next.Int64(0);
                if (OutboxNumbers.IsBroadcastQueue(after)) break;
                queues.Add(after);
            }

            SqliteStatement broadcasts = database.Prepare(RunningBroadcasts);
            while (broadcasts.Step())
            {
                if (broadcasts.Int64(1) <= nowUnixMs) queues.Add(broadcasts.Int64(0));
            }

            return queues;
        }));
    }

    public Task<PendingPage> NextAsync(PendingQuery query)
    {
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return Task.FromResult(_state.Read(database =>
            OutboxNumbers.IsBroadcastQueue(query.Queue) ? NextOfBroadcast(database, query, nowUnixMs) : NextOfLanes(database, query, nowUnixMs)));
    }

    public Task<PendingMessage?> HeadAsync(long queue, long lane)
    {
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return Task.FromResult(_state.Read(database =>
        {
            SqliteStatement head = database.Prepare(LaneHead).Bind(1, queue).Bind(2, lane);
            return head.Step() ? Load(database, head.Int64(0), null, nowUnixMs) : null;
        }));
    }

    private static PendingPage NextOfLanes(SqliteDatabase database, in PendingQuery query, long nowUnixMs)
    {
        List<PendingMessage> found = [];
        long lane = query.After;
        long bytes = 0;
        for (int seen = 0; seen < Limits.OutboxSliceRows; seen++)
        {
            if (found.Count >= query.Limit || bytes >= query.BytesMax) return new PendingPage(found, lane, false);
            SqliteStatement next = database.Prepare(NextLane).Bind(1, query.Queue).Bind(2, lane);
            if (!next.Step()) return new PendingPage(found, long.MinValue, true);
            lane = next.Int64(0);
            long id = next.Int64(1);
            if (query.Busy.Contains(lane) || Load(database, id, null, nowUnixMs) is not { } message) continue;
            found.Add(message);
            bytes += message.Parameters.Length;
        }

        return new PendingPage(found, lane, false);
    }

    private static PendingPage NextOfBroadcast(SqliteDatabase database, in PendingQuery query, long nowUnixMs)
    {
        List<PendingMessage> found = [];
        if (LoadBroadcast(database, query.Queue) is not { State: BroadcastState.Running } broadcast)
        {
            return new PendingPage(found, long.MinValue, true);
        }

        long bytes = 0;
        long last = query.After;
        int seen = 0;
        SqliteStatement rows = database.Prepare(NextRecipients).Bind(1, query.Queue).Bind(2, last).Bind(3, Limits.OutboxSliceRows);
        while (found.Count < query.Limit && bytes < query.BytesMax)
        {
            if (!rows.Step()) return new PendingPage(found, seen < Limits.OutboxSliceRows ? long.MinValue : last, seen < Limits.OutboxSliceRows);
            seen++;
            last = rows.Int64(0);
            if (query.Busy.Contains(last) || Load(database, last, broadcast, nowUnixMs) is not { } message) continue;
            found.Add(message);
            bytes += message.Parameters.Length;
        }

        return new PendingPage(found, last, false);
    }

    /// <summary>The message, or null while its chat rests.</summary>
    private static PendingMessage? Load(SqliteDatabase database, long id, BroadcastRow? broadcast, long nowUnixMs)
    {
        SqliteStatement row = database.Prepare(LoadPending).Bind(1, id);
        if (!row.Step()) return null;
        long bot = row.Int64(0);
        SqliteStatement rest = database.Prepare(RestOf).Bind(1, bot).Bind(2, row.Int64(3));
        if (rest.Step() && rest.Int64(0) > nowUnixMs) return null;
        ChatTarget chat = ReadChat(row, 3, 4);
        int flags = (int)row.Int64(5);
        return new PendingMessage
        {
            Id = new MessageId(id),
            BotId = bot,
            Queue = row.Int64(1),
            Lane = broadcast is null ? row.Int64(2) : id,
            Chat = chat,
            Weight = (int)row.Int64(6),
            Paid = (flags & OutboxSchema.FlagPaid) != 0,
            IsBroadcast = broadcast is not null,
            OnUnknown = (flags & OutboxSchema.FlagResend) != 0 ? OnUnknown.Resend : OnUnknown.Hold,
            Transport = OutboxNumbers.TransportOf(flags),
            ExpiresAtUnixMs = row.Int64(7),
            Attempts = (int)row.Int64(8),
            Method = broadcast?.Method ?? row.Text(9) ?? "",
            Parameters = broadcast is null ? row.Blob(10).ToArray() : Recipient.Parameters(broadcast.Parameters, chat),
            Uploads = (flags & OutboxSchema.FlagUploads) != 0 ? ReadUploads(database, id) : [],
        };
    }

    private static List<StoredUpload> ReadUploads(SqliteDatabase database, long message)
    {
        List<StoredUpload> found = [];
        SqliteStatement rows = database
            .Prepare("SELECT part, file_name, content_type, path, bytes FROM outbox_upload WHERE message = ?1 ORDER BY part").Bind(1, message);
        while (rows.Step())
        {
            found.Add(new StoredUpload(rows.Text(0) ?? "", rows.Text(1) ?? "", rows.Text(2), rows.Text(3) ?? "", rows.Int64(4)));
        }

        return found;
    }
}

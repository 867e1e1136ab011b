using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// Broadcasts: the message once, and a row of outbox_message a recipient, without parameters. The unique index (broadcast, chat) removes doubles.
/// Recipients go by id, so pausing and going on need no mark: what is queued is what is left.
/// </summary>
internal sealed partial class SqliteOutbox
{
    private const string InsertBroadcast =
        """
        INSERT INTO outbox_broadcast (id, bot, state, updated, flags, weight, not_before, expires_at, name, method, callback, idem_hash, idem_key,
          request_hash, parameters)
        VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        """;

    private const string InsertRecipient =
        """
        INSERT INTO outbox_message (id, state, ready, bot, queue, lane, chat, broadcast, flags, weight, updated, expires_at, chat_name)
        VALUES (?1, 0, 1, ?2, ?3, 0, ?4, ?3, ?5, ?6, ?7, ?8, ?9)
        """;

    private const string BroadcastColumns =
        """
        b.id, b.bot, b.name, b.state, b.updated, coalesce(t.s0, 0), coalesce(t.s1, 0), coalesce(t.s2, 0), coalesce(t.s3, 0), coalesce(t.s4, 0),
          coalesce(t.s5, 0), coalesce(t.s6, 0), coalesce(t.s7, 0)
        FROM outbox_broadcast b LEFT JOIN outbox_tally t ON t.owner = b.id
        """;

    private const string OneBroadcast = $"SELECT {BroadcastColumns} WHERE b.id = ?1";
    private const string NewestBroadcasts = $"SELECT {BroadcastColumns} ORDER BY b.id DESC";

    public Task<Acceptance> CreateBroadcastAsync(NewBroadcast broadcast)
    {
        long hash = broadcast.IdempotencyKey is null ? 0 : OutboxNumbers.HashOf(broadcast.Bot.Id, broadcast.IdempotencyKey);
        return _writer.RunAsync(transaction => Create(transaction, broadcast, hash), Unavailable, bounded: true);
    }

    public Task<AcceptOutcome> AddRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats) =>
        _writer.RunAsync(transaction => Add(transaction, broadcast.Value, chats), AcceptOutcome.Unavailable, bounded: true);

    public Task<bool> HasRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats) =>
        ReadAsync(database => chats.All(chat => HasRecipient(database, broadcast.Value, OutboxNumbers.LaneOf(chat))));

    public Task<DecisionOutcome> CommandAsync(MessageId broadcast, BroadcastCommand command) =>
        _writer.RunAsync(transaction => Command(transaction, broadcast.Value, command), DecisionOutcome.Unavailable, bounded: true);

    public Task<BroadcastRecord?> FindBroadcastAsync(MessageId id) => ReadAsync(database =>
    {
        SqliteStatement row = database.Prepare(OneBroadcast).Bind(1, id.Value);
        return row.Step() ? ReadBroadcast(row) : null;
    });

    public Task<IReadOnlyList<BroadcastRecord>> ListBroadcastsAsync(IReadOnlyList<long> botIds, int limit) =>
        ReadAsync<IReadOnlyList<BroadcastRecord>>(database =>
        {
            List<BroadcastRecord> found = [];
            SqliteStatement rows = database.Prepare(NewestBroadcasts);
            while (found.Count < limit && rows.Step())
            {
                if (botIds.Count == 0 || botIds.Contains(rows.Int64(1))) found.Add(ReadBroadcast(rows));
            }

            return found;
        });

    private static Acceptance Create(OutboxTransaction transaction, NewBroadcast broadcast, long hash)
    {
        SqliteDatabase database = transaction.Database;
        if (broadcast.IdempotencyKey is { } key && FindKey(database, broadcast.Bot.Id, hash, key, broadcast.RequestHash.Span) is { } earlier)
        {
            return earlier;
        }

        MessageId id = transaction.NextId();
        SqliteStatement insert = database.Prepare(InsertBroadcast)
            .Bind(1, id.Value).Bind(2, broadcast.Bot.Id).Bind(3, transaction.NowUnixMs)
            .Bind(4, OutboxNumbers.FlagsOf(broadcast.Paid, broadcast.OnUnknown, broadcast.CallbackUrl)).Bind(5, broadcast.Weight)
            .Bind(6, broadcast.NotBeforeUnixMs).Bind(7, broadcast.ExpiresAtUnixMs).Bind(8, broadcast.Name).Bind(9, broadcast.Method)
            .Bind(10, broadcast.CallbackUrl?.AbsoluteUri).Bind(14, broadcast.Parameters.Span);
        if (broadcast.IdempotencyKey is not null) insert.Bind(11, hash).Bind(12, broadcast.IdempotencyKey).Bind(13, broadcast.RequestHash.Span);
        insert.Run();
        return new Acceptance(AcceptOutcome.Accepted, id, MessageState.Queued);
    }

    private static AcceptOutcome Add(OutboxTransaction transaction, long id, IReadOnlyList<ChatTarget> chats)
    {
        SqliteDatabase database = transaction.Database;
        if (LoadBroadcast(database, id) is not { State: BroadcastState.Loading } broadcast) return AcceptOutcome.Conflict;
        long last = 0;
        int added = 0;
        foreach (ChatTarget chat in chats)
        {
            long lane = OutboxNumbers.LaneOf(chat);
            if (HasRecipient(database, id, lane)) continue;
            last = transaction.NextId().Value;
            SqliteStatement insert = database.Prepare(InsertRecipient)
                .Bind(1, last).Bind(2, broadcast.BotId).Bind(3, id).Bind(4, lane).Bind(5, broadcast.Flags).Bind(6, broadcast.Weight)
                .Bind(7, transaction.NowUnixMs).Bind(8, broadcast.ExpiresAtUnixMs);
            if (chat.Name is not null) insert.Bind(9, chat.Name);
            insert.Run();
            added++;
        }

        if (added == 0) return AcceptOutcome.Accepted;
        database.Prepare("UPDATE outbox_broadcast SET last_recipient = ?2 WHERE id = ?1").Bind(1, id).Bind(2, last).Run();
        transaction.Count(broadcast.BotId, id, MessageState.Queued, added);
        transaction.Accepted[broadcast.BotId] = transaction.Accepted.GetValueOrDefault(broadcast.BotId) + added;
        return AcceptOutcome.Accepted;
    }

    private static bool HasRecipient(SqliteDatabase database, long broadcast, long chat) => database
        .Prepare("SELECT 1 FROM outbox_message WHERE broadcast > 0 AND broadcast = ?1 AND chat = ?2").Bind(1, broadcast).Bind(2, chat).Step();

    private static DecisionOutcome Command(OutboxTransaction transaction, long id, BroadcastCommand command)
    {
        if (LoadBroadcast(transaction.Database, id) is not { } broadcast) return DecisionOutcome.NotFound;
        if (MessageMove.Of(command, broadcast.State) is not { } state) return DecisionOutcome.WrongState;
        SetBroadcast(transaction, id, state);
        return DecisionOutcome.Done;
    }

    /// <summary>The state, and with it the mark that its queued messages are still to be cancelled: too many for one transaction.</summary>
    private static void SetBroadcast(OutboxTransaction transaction, long id, BroadcastState state)
    {
        transaction.Database.Prepare("UPDATE outbox_broadcast SET state = ?2, updated = ?3, sweep = ?4 WHERE id = ?1")
            .Bind(1, id).Bind(2, (long)state).Bind(3, transaction.NowUnixMs).Bind(4, state == BroadcastState.Cancelled ? 1 : 0).Run();
        transaction.BroadcastsChanged = true;
        // Flush ends it when nothing is queued; the count of nothing makes it look.
        if (state == BroadcastState.Running) transaction.Touch(id);
    }

    private static BroadcastRow? LoadBroadcast(SqliteDatabase database, long id)
    {
        SqliteStatement row = database
            .Prepare("SELECT bot, state, last_recipient, flags, weight, not_before, expires_at, method, parameters FROM outbox_broadcast WHERE id = ?1")
            .Bind(1, id);
        if (!row.Step()) return null;
        var broadcast = new BroadcastRow(
            id, row.Int64(0), (BroadcastState)row.Int64(1), row.Int64(2), (int)row.Int64(3), (int)row.Int64(4), row.Int64(5), row.Int64(6),
            row.Text(7) ?? "", row.Blob(8).ToArray());
        row.Reset();
        return broadcast;
    }

    private static BroadcastRecord ReadBroadcast(SqliteStatement row)
    {
        long[] counts = new long[MessageStates.Count];
        long sum = 0;
        for (int i = 0; i < counts.Length; i++) sum += counts[i] = row.Int64(5 + i);
        return new BroadcastRecord(
            new MessageId(row.Int64(0)), row.Int64(1), row.Text(2) ?? "", (BroadcastState)row.Int64(3), MessageClock.UnixMs(row.Int64(0)),
            row.Int64(4), sum, counts);
    }
}

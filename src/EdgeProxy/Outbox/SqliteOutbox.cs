using EdgeProxy.Bots;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>
/// The outbox in the state file. Reads run on the pool, over a consistent snapshot; writes are bundled (<see cref="OutboxWriter"/>), and their
/// tasks complete when they are on disk. This part: accepting messages.
/// </summary>
internal sealed partial class SqliteOutbox : IOutboxStore, IOutboxWork
{
    public static readonly Migration[] Migrations = OutboxSchema.Migrations;

    private const string Insert =
        """
        INSERT INTO outbox_message (id, state, ready, bot, queue, lane, chat, flags, weight, updated, not_before, expires_at, method, chat_name,
          callback, idem_hash, idem_key, request_hash, parameters)
        VALUES (?1, 0, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
        """;

    private const string InsertUpload = "INSERT INTO outbox_upload VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    private readonly StateFile _state;
    private readonly BotAccess _bots;
    private readonly OutboxSettings _settings;
    private readonly TimeProvider _time;
    private readonly OutboxWriter _writer;

    public SqliteOutbox(StateFile state, BotRegistry bots, OutboxSettings settings, TimeProvider time, ILogger logger)
    {
        (_state, _bots, _settings, _time) = (state, new BotAccess(bots), settings, time);
        _writer = new OutboxWriter(state, new MessageClock(), time, OnCommitted, logger);
    }

    /// <summary>What became sendable, after each commit. Called on the pool; must be quick.</summary>
    public event Action<IReadOnlyList<OutboxHint>, bool>? Changed;

    public Task<Acceptance> AcceptAsync(NewMessage message)
    {
        long hash = message.IdempotencyKey is null ? 0 : OutboxNumbers.HashOf(message.Bot.Id, message.IdempotencyKey);
        return _writer.RunAsync(transaction => Accept(transaction, message, hash), Unavailable, bounded: true);
    }

    private static Acceptance Unavailable => new(AcceptOutcome.Unavailable, default, default);

    private static Acceptance Accept(OutboxTransaction transaction, NewMessage message, long hash)
    {
        if (message.IdempotencyKey is { } key && FindKey(transaction.Database, message.Bot.Id, hash, key, message.RequestHash.Span) is { } earlier)
        {
            return earlier;
        }

        MessageId id = transaction.NextId();
        long queue = OutboxNumbers.QueueOf(message.Bot.Id, message.Priority);
        long lane = OutboxNumbers.LaneOf(message.Chat);
        bool isReady = message.NotBeforeUnixMs <= transaction.NowUnixMs;
        int flags = OutboxNumbers.FlagsOf(message.Paid, message.OnUnknown, message.CallbackUrl, message.Transport)
            | (message.Uploads.Count > 0 ? OutboxSchema.FlagUploads : 0);
        SqliteStatement insert = transaction.Database.Prepare(Insert)
            .Bind(1, id.Value).Bind(2, isReady ? 1 : 0).Bind(3, message.Bot.Id).Bind(4, queue).Bind(5, lane)
            .Bind(6, flags).Bind(7, message.Weight).Bind(8, transaction.NowUnixMs).Bind(9, message.NotBeforeUnixMs).Bind(10, message.ExpiresAtUnixMs)
            .Bind(11, message.Method);
        // What is not bound is NULL.
        if (message.Chat.Name is not null) insert.Bind(12, message.Chat.Name);
        if (message.CallbackUrl is not null) insert.Bind(13, message.CallbackUrl.AbsoluteUri);
        if (message.IdempotencyKey is not null) insert.Bind(14, hash).Bind(15, message.IdempotencyKey).Bind(16, message.RequestHash.Span);
        insert.Bind(17, message.Parameters.Span).Run();
        foreach (StoredUpload upload in message.Uploads)
        {
            transaction.Database.Prepare(InsertUpload)
                .Bind(1, upload.Path).Bind(2, id.Value).Bind(3, upload.Part).Bind(4, upload.FileName).Bind(5, upload.ContentType).Bind(6, upload.Bytes)
                .Run();
        }

        transaction.Count(message.Bot.Id, 0, MessageState.Queued, 1);
        transaction.Accepted[message.Bot.Id] = transaction.Accepted.GetValueOrDefault(message.Bot.Id) + 1;
        if (isReady) transaction.Hints.Add(new OutboxHint(queue, lane));
        return new Acceptance(AcceptOutcome.Accepted, id, MessageState.Queued);
    }

    /// <summary>Looks the key up among messages and broadcasts: they share the bot's keys.</summary>
    private static Acceptance? FindKey(SqliteDatabase database, long bot, long hash, string key, ReadOnlySpan<byte> requestHash)
    {
        SqliteStatement query = database
            .Prepare("SELECT id, state, request_hash FROM outbox_message WHERE idem_hash = ?1 AND bot = ?2 AND idem_key = ?3")
            .Bind(1, hash).Bind(2, bot).Bind(3, key);
        if (query.Step())
        {
            bool isSame = query.Blob(2).SequenceEqual(requestHash);
            return new Acceptance(isSame ? AcceptOutcome.Repeated : AcceptOutcome.Conflict, new MessageId(query.Int64(0)), (MessageState)query.Int64(1));
        }

        query = database.Prepare("SELECT id, request_hash FROM outbox_broadcast WHERE idem_hash = ?1 AND bot = ?2 AND idem_key = ?3")
            .Bind(1, hash).Bind(2, bot).Bind(3, key);
        if (!query.Step()) return null;
        bool isSameBroadcast = query.Blob(1).SequenceEqual(requestHash);
        return new Acceptance(isSameBroadcast ? AcceptOutcome.Repeated : AcceptOutcome.Conflict, new MessageId(query.Int64(0)), MessageState.Queued);
    }

    private void OnCommitted(OutboxTransaction transaction)
    {
        foreach ((long bot, long count) in transaction.Accepted) OutboxMetrics.Accepted(NameOf(bot), count);
        foreach ((long bot, MessageState state, long ageMs) in transaction.Finals) OutboxMetrics.Ended(NameOf(bot), state, ageMs);
        NoteReturned(transaction.LowestReady);
        foreach (string file in transaction.Files) UploadFolder.Delete(_settings.UploadDir, file);
        if (transaction.Hints.Count > 0 || transaction.BroadcastsChanged) Changed?.Invoke(transaction.Hints, transaction.BroadcastsChanged);
    }

    private void NoteReturned(long id)
    {
        long known = Interlocked.Read(ref _lowestReturned);
        while (id < known)
        {
            long seen = Interlocked.CompareExchange(ref _lowestReturned, id, known);
            if (seen == known) return;
            known = seen;
        }
    }

    // Of bots that are gone there may be any number.
    private string NameOf(long bot) => _bots.Find(bot)?.Name ?? "gone";

    /// <summary>Reads must not hold up the thread of a socket.</summary>
    private Task<T> ReadAsync<T>(Func<SqliteDatabase, T> work) => Task.Run(() => _state.Read(work));
}

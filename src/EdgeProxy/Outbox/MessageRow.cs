using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>What a change of state needs to know of a message; its parameters are not read.</summary>
internal readonly record struct MessageRow
{
    private const string Select =
        """
        SELECT state, epoch, bot, broadcast, queue, lane, chat, flags, updated, attempts, events, outcome, error_code, expires_at, telegram_id,
          migrated, error
        FROM outbox_message WHERE id = ?1
        """;

    public long Id { get; private init; }
    public MessageState State { get; private init; }
    public long Epoch { get; private init; }
    public long BotId { get; private init; }
    public long Broadcast { get; private init; }
    public long Queue { get; private init; }
    public long Lane { get; private init; }
    public long Chat { get; private init; }
    public int Flags { get; private init; }
    public long UpdatedUnixMs { get; private init; }
    public int Attempts { get; private init; }
    public int Events { get; private init; }
    public HistoryKind Kind { get; private init; }
    public int ErrorCode { get; private init; }
    public long ExpiresAtUnixMs { get; private init; }
    public long TelegramMessageId { get; private init; }
    public long MigratedTo { get; private init; }
    public string? Error { get; private init; }

    public bool Has(int flag) => (Flags & flag) != 0;

    public static bool TryLoad(SqliteDatabase database, long id, out MessageRow row)
    {
        SqliteStatement query = database.Prepare(Select).Bind(1, id);
        if (!query.Step())
        {
            row = default;
            return false;
        }

        row = new MessageRow
        {
            Id = id,
            State = (MessageState)query.Int64(0),
            Epoch = query.Int64(1),
            BotId = query.Int64(2),
            Broadcast = query.Int64(3),
            Queue = query.Int64(4),
            Lane = query.Int64(5),
            Chat = query.Int64(6),
            Flags = (int)query.Int64(7),
            UpdatedUnixMs = query.Int64(8),
            Attempts = (int)query.Int64(9),
            Events = (int)query.Int64(10),
            Kind = (HistoryKind)query.Int64(11),
            ErrorCode = (int)query.Int64(12),
            ExpiresAtUnixMs = query.Int64(13),
            TelegramMessageId = query.Int64(14),
            MigratedTo = query.Int64(15),
            Error = query.Text(16),
        };
        query.Reset();
        return true;
    }
}

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

    public long Id { get; init; }
    public MessageState State { get; init; }
    public long Epoch { get; init; }
    public long BotId { get; init; }
    public long Broadcast { get; init; }
    public long Queue { get; init; }
    public long Lane { get; init; }
    public long Chat { get; init; }
    public int Flags { get; init; }
    public long UpdatedUnixMs { get; init; }
    public int Attempts { get; init; }
    public int Events { get; init; }
    public HistoryKind Kind { get; init; }
    public int ErrorCode { get; init; }
    public long ExpiresAtUnixMs { get; init; }
    public long TelegramMessageId { get; init; }
    public long MigratedTo { get; init; }
    public string? Error { get; init; }

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

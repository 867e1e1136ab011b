using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Lanes;

/// <summary>Facts about chats in the state file. Bots are kept by id, which a rotated secret does not change.</summary>
internal sealed class SqliteChatFacts(StateFile state, TimeProvider time) : IChatFactTable
{
    public static readonly Migration[] Migrations =
    [
        new("lanes", 1,
            """
            CREATE TABLE lanes_suppressed (
              bot INTEGER NOT NULL,
              chat INTEGER NOT NULL,
              since_unix_ms INTEGER NOT NULL,
              PRIMARY KEY (bot, chat)
            ) WITHOUT ROWID;
            CREATE TABLE lanes_migrated (
              bot INTEGER NOT NULL,
              chat INTEGER NOT NULL,
              became INTEGER NOT NULL,
              PRIMARY KEY (bot, chat)
            ) WITHOUT ROWID;
            CREATE TABLE lanes_spending (
              bot INTEGER PRIMARY KEY NOT NULL,
              day INTEGER NOT NULL,
              tenths INTEGER NOT NULL
            )
            """),
    ];

    public HeardShare? Heard => null;

    public void Load(ChatFacts facts) => _ = state.Read(database =>
    {
        SqliteStatement suppressed = database.Prepare("SELECT bot, chat FROM lanes_suppressed LIMIT ?1").Bind(1, Limits.SuppressedChatsMax);
        while (suppressed.Step()) facts.TakeSuppression(new ChatKey(suppressed.Int64(0), suppressed.Int64(1)), true);
        SqliteStatement migrated = database.Prepare("SELECT bot, chat, became FROM lanes_migrated LIMIT ?1").Bind(1, Limits.MigratedChatsMax);
        while (migrated.Step()) facts.TakeMigration(new ChatKey(migrated.Int64(0), migrated.Int64(1)), migrated.Int64(2));
        return 0;
    });

    public Task KeepSuppressionAsync(ChatFacts facts, ChatKey key) => state.WriteAsync(database =>
    {
        if (facts.IsSuppressed(key)) Suppress(database, key, time.GetUtcNow().ToUnixTimeMilliseconds());
        else Lift(database, key);
    });

    public Task KeepMigrationAsync(ChatFacts facts, ChatKey key) => state.WriteAsync(database =>
    {
        if (facts.Became(key) is var became and not 0) Migrate(database, key, became);
    });

    public void TellName(long bot, string name, long chatId)
    {
        // Nobody else is there.
    }

    public bool IsFailure(Exception error) => error is StateFileException or ObjectDisposedException;

    private static void Suppress(SqliteDatabase database, ChatKey key, long nowUnixMs) => database
        .Prepare("INSERT OR IGNORE INTO lanes_suppressed (bot, chat, since_unix_ms) VALUES (?1, ?2, ?3)")
        .Bind(1, key.Bot)
        .Bind(2, key.Chat)
        .Bind(3, nowUnixMs)
        .Run();

    private static void Lift(SqliteDatabase database, ChatKey key) => database
        .Prepare("DELETE FROM lanes_suppressed WHERE bot = ?1 AND chat = ?2")
        .Bind(1, key.Bot)
        .Bind(2, key.Chat)
        .Run();

    private static void Migrate(SqliteDatabase database, ChatKey key, long became) => database
        .Prepare("INSERT OR REPLACE INTO lanes_migrated (bot, chat, became) VALUES (?1, ?2, ?3)")
        .Bind(1, key.Bot)
        .Bind(2, key.Chat)
        .Bind(3, became)
        .Run();
}

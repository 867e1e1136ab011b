using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Lanes;

/// <summary>The tables of this room in the state file. Bots are kept by id, which a rotated secret does not change.</summary>
internal static class LaneStore
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

    public static void LoadSuppressed(SqliteDatabase database, Action<ChatKey> found)
    {
        SqliteStatement query = database.Prepare("SELECT bot, chat FROM lanes_suppressed LIMIT ?1").Bind(1, Limits.SuppressedChatsMax);
        while (query.Step()) found(new ChatKey(query.Int64(0), query.Int64(1)));
    }

    public static void LoadMigrated(SqliteDatabase database, Action<ChatKey, long> found)
    {
        SqliteStatement query = database.Prepare("SELECT bot, chat, became FROM lanes_migrated LIMIT ?1").Bind(1, Limits.MigratedChatsMax);
        while (query.Step()) found(new ChatKey(query.Int64(0), query.Int64(1)), query.Int64(2));
    }

    public static void Suppress(SqliteDatabase database, ChatKey key, long nowUnixMs) => database
        .Prepare("INSERT OR IGNORE INTO lanes_suppressed (bot, chat, since_unix_ms) VALUES (?1, ?2, ?3)")
        .Bind(1, key.Bot)
        .Bind(2, key.Chat)
        .Bind(3, nowUnixMs)
        .Run();

    public static void Lift(SqliteDatabase database, ChatKey key) => database
        .Prepare("DELETE FROM lanes_suppressed WHERE bot = ?1 AND chat = ?2")
        .Bind(1, key.Bot)
        .Bind(2, key.Chat)
        .Run();

    public static void Migrate(SqliteDatabase database, ChatKey key, long became) => database
        .Prepare("INSERT OR REPLACE INTO lanes_migrated (bot, chat, became) VALUES (?1, ?2, ?3)")
        .Bind(1, key.Bot)
        .Bind(2, key.Chat)
        .Bind(3, became)
        .Run();

    /// <summary>The Stars of a bot's last counted UTC day; null when it never paid.</summary>
    public static (DateOnly Day, double Stars)? LoadSpending(SqliteDatabase database, long bot)
    {
        SqliteStatement query = database.Prepare("SELECT day, tenths FROM lanes_spending WHERE bot = ?1").Bind(1, bot);
        return query.Step() ? (DateOnly.FromDayNumber((int)query.Int64(0)), query.Int64(1) / 10.0) : null;
    }

    /// <summary>Kept in tenths of a Star, the price of one message.</summary>
    public static void SaveSpending(SqliteDatabase database, long bot, DateOnly day, double stars) => database
        .Prepare("INSERT OR REPLACE INTO lanes_spending (bot, day, tenths) VALUES (?1, ?2, ?3)")
        .Bind(1, bot)
        .Bind(2, day.DayNumber)
        .Bind(3, (long)Math.Ceiling(stars * 10))
        .Run();
}

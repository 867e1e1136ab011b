using System.Globalization;
using EdgeProxy.Bots;
using EdgeProxy.Sqlite;

namespace EdgeProxy.BotApi;

/// <summary>The table of client tokens in the state file. A bot stands there by its id, so that renaming it in the configuration keeps its tokens.</summary>
internal static class ClientTokenStore
{
    public const string Schema =
        """
        CREATE TABLE botapi_client_token (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          bot_id INTEGER NOT NULL,
          name TEXT NOT NULL,
          sha256 BLOB NOT NULL UNIQUE,
          methods TEXT NOT NULL,
          chats TEXT NOT NULL,
          created_unix_ms INTEGER NOT NULL,
          expires_unix_ms INTEGER,
          UNIQUE (bot_id, name)
        )
        """;

    // Neither a method nor a chat has a space in it.
    private const char Separator = ' ';

    /// <summary>The tokens of bots that are served.</summary>
    /// <param name="database">The state file.</param>
    /// <param name="bots">Who is served.</param>
    /// <param name="unreadable">Called with the id of a row that cannot be meant: it opens nothing.</param>
    public static List<ClientToken> Load(SqliteDatabase database, BotRegistry bots, Action<long> unreadable)
    {
        Dictionary<long, Bot> byId = bots.All.ToDictionary(bot => bot.Id);
        var list = new List<ClientToken>();
        SqliteStatement rows = database.Prepare(
            "SELECT id, bot_id, name, sha256, methods, chats, created_unix_ms, expires_unix_ms FROM botapi_client_token ORDER BY id");
        while (rows.Step())
        {
            if (!byId.TryGetValue(rows.Int64(1), out Bot? bot)) continue;
            byte[] hash = rows.Blob(3).ToArray();
            ClientTokenRights? rights = ClientTokenRights.TryCreate(Split(rows.Text(4)), Split(rows.Text(5)), out _);
            if (rights is null || hash.Length != ClientTokens.HashBytes)
            {
                unreadable(rows.Int64(0));
                continue;
            }

            list.Add(new ClientToken
            {
                Id = rows.Int64(0),
                Bot = bot,
                Name = rows.Text(2) ?? "",
                Sha256 = hash,
                Rights = rights,
                CreatedUnixMs = rows.Int64(6),
                ExpiresUnixMs = rows.IsNull(7) ? null : rows.Int64(7),
            });
        }

        return list;
    }

    /// <summary>Writes a token; its <see cref="ClientToken.Id"/> is not looked at.</summary>
    /// <returns>The row's id.</returns>
    public static long Insert(SqliteDatabase database, ClientToken token)
    {
        SqliteStatement insert = database.Prepare(
            """
            INSERT INTO botapi_client_token (bot_id, name, sha256, methods, chats, created_unix_ms, expires_unix_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id
            """);
        insert.Bind(1, token.Bot.Id).Bind(2, token.Name).Bind(3, token.Sha256)
            .Bind(4, string.Join(Separator, token.Rights.Methods)).Bind(5, string.Join(Separator, token.Rights.Chats)).Bind(6, token.CreatedUnixMs);
        if (token.ExpiresUnixMs is { } expires) insert.Bind(7, expires);
        insert.Step();
        return insert.Int64(0);
    }

    public static void Delete(SqliteDatabase database, long id) =>
        database.Prepare("DELETE FROM botapi_client_token WHERE id = ?1").Bind(1, id).Run();

    /// <summary>An id as it is written in a URL; 0 when the text is none.</summary>
    public static long ParseId(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : 0;

    private static string[] Split(string? text) => (text ?? "").Split(Separator, StringSplitOptions.RemoveEmptyEntries);
}

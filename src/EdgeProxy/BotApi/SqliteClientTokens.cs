using EdgeProxy.Bots;
using EdgeProxy.Sqlite;

namespace EdgeProxy.BotApi;

/// <summary>The table of client tokens in the state file.</summary>
internal sealed class SqliteClientTokens(StateFile state) : IClientTokenTable
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

    /// <summary>The tokens of bots that are served; as <see cref="IClientTokenTable.RefreshAsync"/>.</summary>
    /// <exception cref="StateFileException">The table cannot be read.</exception>
    public List<ClientToken> Load(BotRegistry bots, Action<long> unreadable) => state.Read(database =>
    {
        Dictionary<long, Bot> byId = bots.All.ToDictionary(bot => bot.Id);
        var list = new List<ClientToken>();
        SqliteStatement rows = database.Prepare(
            "SELECT id, bot_id, name, sha256, methods, chats, created_unix_ms, expires_unix_ms FROM botapi_client_token ORDER BY id");
        while (rows.Step())
        {
            if (!byId.TryGetValue(rows.Int64(1), out Bot? bot)) continue;
            var row = new ClientTokenRow(
                rows.Int64(0), rows.Text(2) ?? "", rows.Blob(3).ToArray(), rows.Text(4) ?? "", rows.Text(5) ?? "", rows.Int64(6),
                rows.IsNull(7) ? null : rows.Int64(7));
            if (row.ToToken(bot) is { } token) list.Add(token);
            else unreadable(row.Id);
        }

        return list;
    });

    public Task<List<ClientToken>?> RefreshAsync(BotRegistry bots, Action<long> unreadable) => Task.FromResult<List<ClientToken>?>(null);

    public async Task<long> IssueAsync(ClientToken token, IReadOnlyList<ClientToken> expired)
    {
        long id = 0;
        await state.WriteAsync(database =>
        {
            foreach (ClientToken old in expired) Delete(database, old.Id);
            id = Insert(database, token.Bot.Id, ClientTokenRow.Of(token));
        });
        return id;
    }

    public Task RevokeAsync(ClientToken token) => state.WriteAsync(database => Delete(database, token.Id));

    public bool IsFailure(Exception error) => error is StateFileException or ObjectDisposedException;

    private static long Insert(SqliteDatabase database, long bot, in ClientTokenRow row)
    {
        SqliteStatement insert = database.Prepare(
            """
            INSERT INTO botapi_client_token (bot_id, name, sha256, methods, chats, created_unix_ms, expires_unix_ms)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id
            """);
        insert.Bind(1, bot).Bind(2, row.Name).Bind(3, row.Sha256).Bind(4, row.Methods).Bind(5, row.Chats).Bind(6, row.CreatedUnixMs);
        if (row.ExpiresUnixMs is { } expires) insert.Bind(7, expires);
        insert.Step();
        return insert.Int64(0);
    }

    private static void Delete(SqliteDatabase database, long id) =>
        database.Prepare("DELETE FROM botapi_client_token WHERE id = ?1").Bind(1, id).Run();
}

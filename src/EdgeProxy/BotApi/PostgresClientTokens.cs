using EdgeProxy.Bots;
using EdgeProxy.Postgres;
using Npgsql;

namespace EdgeProxy.BotApi;

/// <summary>The table of client tokens of a cluster. Each change notifies <see cref="Channel"/>.</summary>
internal sealed class PostgresClientTokens(PostgresDatabase database) : IClientTokenTable
{
    public const string Channel = "edgeproxy_client_tokens";

    public static readonly PostgresMigration[] Migrations =
    [
        new("botapi_client_token", 1,
            """
            CREATE TABLE botapi_client_token (
              id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              bot_id bigint NOT NULL,
              name text NOT NULL,
              sha256 bytea NOT NULL UNIQUE,
              methods text NOT NULL,
              chats text NOT NULL,
              created_unix_ms bigint NOT NULL,
              expires_unix_ms bigint,
              UNIQUE (bot_id, name)
            )
            """),
    ];

    private const string Notify = $"SELECT pg_notify('{Channel}', '')";

    public Task<List<ClientToken>?> RefreshAsync(BotRegistry bots, Action<long> unreadable) => database.RunAsync<List<ClientToken>?>(async (connection, stop) =>
    {
        Dictionary<long, Bot> byId = bots.All.ToDictionary(bot => bot.Id);
        var list = new List<ClientToken>();
        await using var command = new NpgsqlCommand(
            "SELECT id, bot_id, name, sha256, methods, chats, created_unix_ms, expires_unix_ms FROM botapi_client_token ORDER BY id", connection);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
        {
            if (!byId.TryGetValue(rows.GetInt64(1), out Bot? bot)) continue;
            var row = new ClientTokenRow(
                rows.GetInt64(0), rows.GetString(2), rows.GetFieldValue<byte[]>(3), rows.GetString(4), rows.GetString(5), rows.GetInt64(6),
                rows.IsDBNull(7) ? null : rows.GetInt64(7));
            if (row.ToToken(bot) is { } token) list.Add(token);
            else unreadable(row.Id);
        }

        return list;
    });

    public Task<long> IssueAsync(ClientToken token, IReadOnlyList<ClientToken> expired) => database.RunAsync(async (connection, stop) =>
    {
        ClientTokenRow row = ClientTokenRow.Of(token);
        await using var batch = new NpgsqlBatch(connection);
        var delete = new NpgsqlBatchCommand("DELETE FROM botapi_client_token WHERE id = ANY($1)");
        delete.With(expired.Select(old => old.Id).ToArray());
        // The same token again is this one, tried twice.
        var insert = new NpgsqlBatchCommand(
            """
            INSERT INTO botapi_client_token AS held (bot_id, name, sha256, methods, chats, created_unix_ms, expires_unix_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (bot_id, name) DO UPDATE SET name = excluded.name WHERE held.sha256 = excluded.sha256 RETURNING id
            """);
        insert.With(token.Bot.Id).With(row.Name).With(row.Sha256).With(row.Methods).With(row.Chats).With(row.CreatedUnixMs)
            .With(row.ExpiresUnixMs);
        batch.BatchCommands.Add(delete);
        batch.BatchCommands.Add(insert);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Notify));
        await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync(stop);
        long id = await rows.ReadAsync(stop) ? rows.GetInt64(0) : 0;
        while (await rows.NextResultAsync(stop))
        {
            // To the end: an error of the commit would be there.
        }

        return id;
    });

    public Task RevokeAsync(ClientToken token) => database.RunAsync(async (connection, stop) =>
    {
        await using var batch = new NpgsqlBatch(connection);
        var delete = new NpgsqlBatchCommand("DELETE FROM botapi_client_token WHERE id = $1");
        delete.With(token.Id);
        batch.BatchCommands.Add(delete);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Notify));
        return await batch.ExecuteNonQueryAsync(stop);
    });

    public bool IsFailure(Exception error) => PostgresCall.IsFailure(error);
}

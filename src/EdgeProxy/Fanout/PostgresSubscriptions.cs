using EdgeProxy.Postgres;
using Npgsql;

namespace EdgeProxy.Fanout;

/// <summary>The table of subscriptions of a cluster. Each change notifies <see cref="Channel"/>.</summary>
internal sealed class PostgresSubscriptions(PostgresDatabase database) : ISubscriptionTable
{
    public const string Channel = "edgeproxy_subscriptions";

    public static readonly PostgresMigration[] Migrations =
    [
        new("fanout_subscription", 1,
            """
            CREATE TABLE fanout_subscription (
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              bot_id bigint NOT NULL,
              name text NOT NULL,
              json text NOT NULL,
              UNIQUE (bot_id, name)
            )
            """),
    ];

    public Task<List<SubscriptionRow>> ReadAsync() => database.RunAsync(async (connection, stop) =>
    {
        var list = new List<SubscriptionRow>();
        await using var command = new NpgsqlCommand("SELECT number, bot_id, name, json FROM fanout_subscription ORDER BY number", connection);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) list.Add(new SubscriptionRow(rows.GetInt64(0), rows.GetInt64(1), rows.GetString(2), rows.GetString(3)));
        return list;
    });

    public Task PutAsync(long botId, string name, string json) => ChangeAsync(batch => batch
        .Add(
            """
            INSERT INTO fanout_subscription (bot_id, name, json) VALUES ($1, $2, $3)
            ON CONFLICT (bot_id, name) DO UPDATE SET json = excluded.json
            """)
        .With(botId).With(name).With(json));

    public Task DeleteAsync(long botId, string name) => ChangeAsync(batch => batch
        .Add("DELETE FROM fanout_subscription WHERE bot_id = $1 AND name = $2").With(botId).With(name));

    public bool IsFailure(Exception error) => PostgresCall.IsFailure(error);

    private Task ChangeAsync(Action<NpgsqlBatch> change) => database.RunAsync(async (connection, stop) =>
    {
        await using var batch = new NpgsqlBatch(connection);
        change(batch);
        batch.Add($"SELECT pg_notify('{Channel}', '')");
        return await batch.ExecuteNonQueryAsync(stop);
    });
}

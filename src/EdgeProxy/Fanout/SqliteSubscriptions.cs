using EdgeProxy.Sqlite;

namespace EdgeProxy.Fanout;

/// <summary>The table of subscriptions in the state file.</summary>
internal sealed class SqliteSubscriptions(StateFile state) : ISubscriptionTable
{
    public static readonly Migration[] Migrations =
    [
        new("fanout_subscription", 1,
            """
            CREATE TABLE fanout_subscription (
              number INTEGER PRIMARY KEY AUTOINCREMENT,
              bot_id INTEGER NOT NULL,
              name TEXT NOT NULL,
              json TEXT NOT NULL,
              UNIQUE (bot_id, name)
            )
            """),
    ];

    /// <summary>Removes cursors of subscriptions that are no more: a process that died had no time for it.</summary>
    /// <exception cref="StateFileException">The state file cannot be written.</exception>
    public Task SweepAsync() => state.Read(HasCursors) ? state.WriteAsync(Sweep) : Task.CompletedTask;

    public Task<List<SubscriptionRow>> ReadAsync() => Task.FromResult(state.Read(static database =>
    {
        var rows = new List<SubscriptionRow>();
        SqliteStatement query = database.Prepare("SELECT number, bot_id, name, json FROM fanout_subscription ORDER BY number");
        while (query.Step()) rows.Add(new SubscriptionRow(query.Int64(0), query.Int64(1), query.Text(2) ?? "", query.Text(3) ?? ""));
        return rows;
    }));

    public Task PutAsync(long botId, string name, string json) => state.WriteAsync(database => database
        .Prepare(
            """
            INSERT INTO fanout_subscription (bot_id, name, json) VALUES (?1, ?2, ?3)
            ON CONFLICT (bot_id, name) DO UPDATE SET json = excluded.json
            """)
        .Bind(1, botId).Bind(2, name).Bind(3, json).Run());

    public Task DeleteAsync(long botId, string name) => state.WriteAsync(database => database
        .Prepare("DELETE FROM fanout_subscription WHERE bot_id = ?1 AND name = ?2").Bind(1, botId).Bind(2, name).Run());

    private static bool HasCursors(SqliteDatabase database) =>
        database.Prepare("SELECT 1 FROM fanout_cursor WHERE subscription >= '#' AND subscription < '$' LIMIT 1").Step();

    private static void Sweep(SqliteDatabase database) => database
        .Prepare(
            """
            DELETE FROM fanout_cursor WHERE subscription >= '#' AND subscription < '$'
            AND CAST(substr(subscription, 2) AS INTEGER) NOT IN (SELECT number FROM fanout_subscription)
            """)
        .Run();

    public bool IsFailure(Exception error) => error is StateFileException or ObjectDisposedException;
}

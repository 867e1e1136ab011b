using EdgeProxy.Sqlite;

namespace EdgeProxy.Fanout;

/// <summary>Cursors in the state file: one row a subscription, replaced whole at each flush, all of a flush in one transaction.</summary>
internal sealed class SqliteCursors(StateFile state, TimeProvider time) : ICursorStore
{
    public static readonly Migration[] Migrations =
    [
        new("fanout", 1,
            """
            CREATE TABLE fanout_cursor (
              subscription TEXT PRIMARY KEY NOT NULL,
              position INTEGER NOT NULL,
              low INTEGER NOT NULL,
              updated_unix_ms INTEGER NOT NULL,
              state BLOB NOT NULL
            ) WITHOUT ROWID
            """),
    ];

    public string? Fault { get; private set; }

    public Task<CursorRow?[]?> LoadAsync(IReadOnlyList<Subscription> subscriptions)
    {
        var rows = new CursorRow?[subscriptions.Count];
        try
        {
            for (int i = 0; i < rows.Length; i++)
            {
                string key = subscriptions[i].CursorKey;
                rows[i] = state.Read(database => Load(database, key));
            }
        }
        catch (Exception error) when (error is StateFileException or ObjectDisposedException)
        {
            Fault = error.Message;
            return Task.FromResult<CursorRow?[]?>(null);
        }

        return Task.FromResult<CursorRow?[]?>(rows);
    }

    public Task<CursorSaveOutcome> SaveAsync(IReadOnlyList<CursorCapture> captures)
    {
        long nowUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        return WriteAsync(database =>
        {
            foreach (CursorCapture capture in captures) Save(database, capture, nowUnixMs);
        });
    }

    public Task ForgetAsync(string key) =>
        WriteAsync(database => database.Prepare("DELETE FROM fanout_cursor WHERE subscription = ?1").Bind(1, key).Run());

    private async Task<CursorSaveOutcome> WriteAsync(Action<SqliteDatabase> work)
    {
        try
        {
            await state.WriteAsync(work).ConfigureAwait(false);
            return CursorSaveOutcome.Saved;
        }
        catch (Exception error) when (error is StateFileException or ObjectDisposedException)
        {
            Fault = error.Message;
            return CursorSaveOutcome.Failed;
        }
    }

    private static CursorRow? Load(SqliteDatabase database, string key)
    {
        SqliteStatement query = database.Prepare("SELECT position, low, state FROM fanout_cursor WHERE subscription = ?1").Bind(1, key);
        return query.Step() ? CursorCodec.Restore(query.Int64(0), query.Int64(1), query.Blob(2)) : null;
    }

    private static void Save(SqliteDatabase database, CursorCapture capture, long nowUnixMs) => database
        .Prepare("INSERT OR REPLACE INTO fanout_cursor (subscription, position, low, updated_unix_ms, state) VALUES (?1, ?2, ?3, ?4, ?5)")
        .Bind(1, capture.Key)
        .Bind(2, capture.Position)
        .Bind(3, capture.Low)
        .Bind(4, nowUnixMs)
        .Bind(5, capture.Blob)
        .Run();
}

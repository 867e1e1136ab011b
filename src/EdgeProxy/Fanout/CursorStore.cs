using EdgeProxy.Sqlite;

namespace EdgeProxy.Fanout;

/// <summary>The table of cursors in the state file: one row a subscription, replaced whole at each flush.</summary>
internal static class CursorStore
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

    /// <summary>
    /// The stored row. One whose bytes cannot be read is taken back to its lowest needed position: rather twice than never.
    /// </summary>
    /// <returns>Null when the subscription is new.</returns>
    public static CursorRow? Load(SqliteDatabase database, string id)
    {
        SqliteStatement query = database.Prepare("SELECT position, low, state FROM fanout_cursor WHERE subscription = ?1").Bind(1, id);
        if (!query.Step()) return null;
        CursorRow? row = CursorCodec.Decode(query.Blob(2));
        if (row is not null && row.Position == query.Int64(0)) return row;
        return new CursorRow(Math.Min(query.Int64(0), query.Int64(1)), 0, false, [], []);
    }

    public static void Save(SqliteDatabase database, CursorCapture capture, long nowUnixMs) => database
        .Prepare("INSERT OR REPLACE INTO fanout_cursor (subscription, position, low, updated_unix_ms, state) VALUES (?1, ?2, ?3, ?4, ?5)")
        .Bind(1, capture.Id)
        .Bind(2, capture.Position)
        .Bind(3, capture.Low)
        .Bind(4, nowUnixMs)
        .Bind(5, capture.Blob)
        .Run();
}

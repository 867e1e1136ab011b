using EdgeProxy.Sqlite;

namespace EdgeProxy.Fanout;

/// <summary>Prints the stored cursors for the operator.</summary>
internal static class CursorInspect
{
    public static void Print(SqliteDatabase database, TextWriter output, TimeProvider time)
    {
        SqliteStatement query = database.Prepare("SELECT subscription, position, updated_unix_ms, state FROM fanout_cursor ORDER BY subscription");
        while (query.Step())
        {
            CursorRow? row = CursorCodec.Decode(query.Blob(3));
            TimeSpan age = time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(query.Int64(2));
            output.WriteLine(
                $"cursor {query.Text(0)}  position {query.Int64(1)}  unfinished {row?.Outstanding.Length.ToString() ?? "?"}  "
                + $"failing keys {row?.Parked.Length.ToString() ?? "?"}  written {(long)age.TotalSeconds} s ago{(row?.Disabled == true ? "  DISABLED" : "")}");
        }
    }
}

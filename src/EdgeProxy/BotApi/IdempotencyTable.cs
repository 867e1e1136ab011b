using System.Text;
using EdgeProxy.Sqlite;

namespace EdgeProxy.BotApi;

/// <summary>
/// The table of keys in the state file. Rows are in order of time, so that writes touch the end of the file and old ones are found at its start.
/// A row in state "sending" whose process is gone is in doubt: nobody knows whether Telegram took the call.
/// </summary>
internal static class IdempotencyTable
{
    public const string Schema =
        """
        CREATE TABLE botapi_idempotency (
          id INTEGER PRIMARY KEY,
          bot_id INTEGER NOT NULL,
          key_hash BLOB NOT NULL,
          request_hash BLOB NOT NULL,
          state INTEGER NOT NULL,
          status INTEGER NOT NULL DEFAULT 0,
          headers TEXT NOT NULL DEFAULT '',
          body BLOB NOT NULL DEFAULT x'',
          created_unix_ms INTEGER NOT NULL
        );
        CREATE UNIQUE INDEX botapi_idempotency_key ON botapi_idempotency (bot_id, key_hash)
        """;

    private const long Sending = 0;
    private const long Answered = 1;

    public static IdempotencyRow? Find(SqliteDatabase database, long botId, IdempotencyHash key)
    {
        SqliteStatement row = database
            .Prepare("SELECT request_hash, created_unix_ms, state, status, headers, body FROM botapi_idempotency WHERE bot_id = ?1 AND key_hash = ?2")
            .Bind(1, botId).Bind(2, key.ToBytes());
        if (!row.Step()) return null;
        bool answered = row.Int64(2) == Answered;
        var answer = answered ? new IdempotencyAnswer((int)row.Int64(3), Headers(row.Text(4)), row.Blob(5).ToArray()) : null;
        return new IdempotencyRow(IdempotencyHash.FromBytes(row.Blob(0)), row.Int64(1), answer);
    }

    /// <summary>Rows of each bot.</summary>
    public static Dictionary<long, int> Count(SqliteDatabase database)
    {
        var counts = new Dictionary<long, int>();
        SqliteStatement rows = database.Prepare("SELECT bot_id, count(*) FROM botapi_idempotency GROUP BY bot_id");
        while (rows.Step()) counts[rows.Int64(0)] = (int)rows.Int64(1);
        return counts;
    }

    /// <summary>Writes a row in state "sending", in place of one that is too old.</summary>
    /// <returns>By how many rows the table grew: 0 or 1.</returns>
    public static int Mark(SqliteDatabase database, IdempotencyTicket ticket, long nowUnixMs)
    {
        int removed = Remove(database, ticket);
        database.Prepare("INSERT INTO botapi_idempotency (bot_id, key_hash, request_hash, state, created_unix_ms) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Bind(1, ticket.BotId).Bind(2, ticket.Key.ToBytes()).Bind(3, ticket.Request.ToBytes()).Bind(4, Sending).Bind(5, nowUnixMs).Run();
        return 1 - removed;
    }

    public static void Answer(SqliteDatabase database, IdempotencyTicket ticket, IdempotencyAnswer answer) => database
        .Prepare("UPDATE botapi_idempotency SET state = ?3, status = ?4, headers = ?5, body = ?6 WHERE bot_id = ?1 AND key_hash = ?2")
        .Bind(1, ticket.BotId).Bind(2, ticket.Key.ToBytes())
        .Bind(3, Answered).Bind(4, answer.Status).Bind(5, Text(answer.Headers)).Bind(6, answer.Body.Span).Run();

    /// <returns>Rows removed: 0 or 1.</returns>
    public static int Remove(SqliteDatabase database, IdempotencyTicket ticket)
    {
        SqliteStatement rows = database.Prepare("DELETE FROM botapi_idempotency WHERE bot_id = ?1 AND key_hash = ?2 RETURNING id")
            .Bind(1, ticket.BotId).Bind(2, ticket.Key.ToBytes());
        int removed = 0;
        while (rows.Step()) removed++;
        return removed;
    }

    /// <summary>Removes what is older among the oldest <paramref name="most"/> rows.</summary>
    /// <returns>The bot of each row removed.</returns>
    public static List<long> RemoveOld(SqliteDatabase database, long createdBeforeUnixMs, int most)
    {
        var bots = new List<long>();
        SqliteStatement rows = database
            .Prepare(
                """
                DELETE FROM botapi_idempotency
                WHERE id IN (SELECT id FROM botapi_idempotency ORDER BY id LIMIT ?2) AND created_unix_ms < ?1 RETURNING bot_id
                """)
            .Bind(1, createdBeforeUnixMs).Bind(2, most);
        while (rows.Step()) bots.Add(rows.Int64(0));
        return bots;
    }

    /// <summary>Lines "Name: value"; neither can hold a line's end.</summary>
    private static string Text(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var text = new StringBuilder();
        foreach ((string name, string value) in headers) text.Append(name).Append(": ").Append(value).Append('\n');
        return text.ToString();
    }

    private static List<KeyValuePair<string, string>> Headers(string? text)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (string line in (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0) headers.Add(new(line[..colon], line[(colon + 2)..]));
        }

        return headers;
    }
}

using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.BotApi;

/// <summary>
/// The table of keys in the state file. Rows are in order of time, so that writes touch the end of the file and old ones are found at its start.
/// A row in state "sending" of which this process knows nothing is in doubt: nobody knows whether Telegram took the call.
/// </summary>
internal sealed class SqliteIdempotency(StateFile state, TimeProvider time) : IIdempotencyTable
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
    private static readonly long KeptMs = (long)TimeSpan.FromHours(Limits.IdempotencyHours).TotalMilliseconds;

    /// <summary>Rows of each bot.</summary>
    /// <exception cref="StateFileException">The table cannot be read.</exception>
    public Dictionary<long, int> Count() => state.Read(database =>
    {
        var counts = new Dictionary<long, int>();
        SqliteStatement rows = database.Prepare("SELECT bot_id, count(*) FROM botapi_idempotency GROUP BY bot_id");
        while (rows.Step()) counts[rows.Int64(0)] = (int)rows.Int64(1);
        return counts;
    });

    // On the pool: the look-up may wait for the disk, and the caller's thread may be one that sockets complete on.
    public Task<IdempotencyRow?> FindAsync(IdempotencyTicket ticket) => Task.Run(() => state.Read(database => Find(database, ticket, Cutoff())));

    public async Task<int> MarkAsync(IdempotencyTicket ticket)
    {
        int grown = 0;
        long now = NowUnixMs();
        await state.WriteAsync(database => grown = Mark(database, ticket, now));
        return grown;
    }

    public Task AnswerAsync(IdempotencyTicket ticket, IdempotencyAnswer answer) => state.WriteAsync(database => database
        .Prepare("UPDATE botapi_idempotency SET state = ?3, status = ?4, headers = ?5, body = ?6 WHERE bot_id = ?1 AND key_hash = ?2")
        .Bind(1, ticket.BotId).Bind(2, ticket.Key.ToBytes())
        .Bind(3, Answered).Bind(4, answer.Status).Bind(5, IdempotencyHeaders.Write(answer.Headers)).Bind(6, answer.Body.Span).Run());

    // "sending" of a call that is not under way here says it.
    public Task DoubtAsync(IdempotencyTicket ticket) => Task.CompletedTask;

    public async Task<int> RemoveAsync(IdempotencyTicket ticket)
    {
        int removed = 0;
        await state.WriteAsync(database => removed = Remove(database, ticket));
        return removed;
    }

    public async Task<List<long>> RemoveOldAsync(int most)
    {
        List<long> bots = [];
        long cutoff = Cutoff();
        await state.WriteAsync(database => bots = RemoveOld(database, cutoff, most));
        return bots;
    }

    public Task<Dictionary<long, int>?> CountAsync() => Task.FromResult<Dictionary<long, int>?>(null);

    public bool IsFailure(Exception error) => error is StateFileException or ObjectDisposedException;

    private static IdempotencyRow? Find(SqliteDatabase database, IdempotencyTicket ticket, long cutoff)
    {
        SqliteStatement row = database
            .Prepare("SELECT request_hash, created_unix_ms, state, status, headers, body FROM botapi_idempotency WHERE bot_id = ?1 AND key_hash = ?2")
            .Bind(1, ticket.BotId).Bind(2, ticket.Key.ToBytes());
        if (!row.Step() || row.Int64(1) < cutoff) return null;
        bool answered = row.Int64(2) == Answered;
        var answer = answered ? new IdempotencyAnswer((int)row.Int64(3), IdempotencyHeaders.Read(row.Text(4)), row.Blob(5).ToArray()) : null;
        return new IdempotencyRow(IdempotencyHash.FromBytes(row.Blob(0)), answer);
    }

    private static int Mark(SqliteDatabase database, IdempotencyTicket ticket, long nowUnixMs)
    {
        int removed = Remove(database, ticket);
        database.Prepare("INSERT INTO botapi_idempotency (bot_id, key_hash, request_hash, state, created_unix_ms) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Bind(1, ticket.BotId).Bind(2, ticket.Key.ToBytes()).Bind(3, ticket.Request.ToBytes()).Bind(4, Sending).Bind(5, nowUnixMs).Run();
        return 1 - removed;
    }

    private static int Remove(SqliteDatabase database, IdempotencyTicket ticket)
    {
        SqliteStatement rows = database.Prepare("DELETE FROM botapi_idempotency WHERE bot_id = ?1 AND key_hash = ?2 RETURNING id")
            .Bind(1, ticket.BotId).Bind(2, ticket.Key.ToBytes());
        int removed = 0;
        while (rows.Step()) removed++;
        return removed;
    }

    private static List<long> RemoveOld(SqliteDatabase database, long createdBeforeUnixMs, int most)
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

    private long Cutoff() => NowUnixMs() - KeptMs;

    private long NowUnixMs() => time.GetUtcNow().ToUnixTimeMilliseconds();
}

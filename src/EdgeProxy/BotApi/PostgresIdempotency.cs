using System.Data;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.BotApi;

/// <summary>
/// The table of keys of a cluster. All times are the server's.
/// 1. A row belongs to the process (owner) and the call (claim) that wrote "sending"; only they change it, until it is too old.
/// 2. Whoever else comes with the key meanwhile: while the owner says that it lives, the call is under way elsewhere; after that it is in doubt, and
///    never sent again. A process that was only stopped for a while therefore may still end its call and store the answer.
/// 3. What cannot be written of a call's end is tried again until the server is back: the answer then replaces the doubt.
/// </summary>
internal sealed class PostgresIdempotency : IIdempotencyTable, IAsyncDisposable
{
    public static readonly PostgresMigration[] Migrations =
    [
        new("botapi_idempotency", 1,
            """
            CREATE TABLE botapi_idempotency (
              bot_id bigint NOT NULL,
              key_hash bytea NOT NULL,
              request_hash bytea NOT NULL,
              state smallint NOT NULL,
              owner bigint NOT NULL,
              claim bigint NOT NULL,
              status integer NOT NULL DEFAULT 0,
              headers text NOT NULL DEFAULT '',
              body bytea NOT NULL DEFAULT '',
              created timestamptz NOT NULL,
              PRIMARY KEY (bot_id, key_hash)
            );
            CREATE INDEX botapi_idempotency_created ON botapi_idempotency (created);
            CREATE TABLE botapi_idempotency_owner (owner bigint PRIMARY KEY, seen timestamptz NOT NULL)
            """),
    ];

    private const short Sending = 0;
    private const short Answered = 1;
    private const short Doubtful = 2;

    // Processes take turns at sweeping. Any number that nobody else uses in this database.
    public const long SweepLock = 0x45_64_67_65_4B_65_79_73;

    private static readonly TimeSpan Kept = TimeSpan.FromHours(Limits.IdempotencyHours);
    private readonly PostgresDatabase _database;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();

    // Ends of calls that could not be written; guarded by the lock.
    private readonly Queue<(IdempotencyTicket Ticket, short State, IdempotencyAnswer? Answer)> _unwritten = new();
    private Task _running = Task.CompletedTask;

    public PostgresIdempotency(PostgresDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>This process, as its rows name it. Another one after each start.</summary>
    public long Owner { get; } = Random.Shared.NextInt64();

    /// <summary>Says that this process lives, from now on. Comes before the first call.</summary>
    public async Task StartAsync()
    {
        await BeatAsync();
        _running = RunAsync();
    }

    public Task<IdempotencyRow?> FindAsync(IdempotencyTicket ticket) => _database.RunAsync(async (connection, stop) =>
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT k.request_hash, k.state, k.status, k.headers, k.body,
              k.state = 0 AND k.owner <> $4 AND k.created > now() - $5 AND o.seen > now() - $6
            FROM botapi_idempotency k LEFT JOIN botapi_idempotency_owner o ON o.owner = k.owner
            WHERE k.bot_id = $1 AND k.key_hash = $2 AND k.created >= now() - $3
            """,
            connection);
        command.With(ticket.BotId).With(ticket.Key.ToBytes()).With(Kept).With(Owner)
            .With(TimeSpan.FromSeconds(Limits.IdempotencyElsewhereS)).With(TimeSpan.FromMilliseconds(Limits.IdempotencyAliveMs));
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(stop);
        if (!await rows.ReadAsync(stop)) return null;
        IdempotencyAnswer? answer = rows.GetInt16(1) == Answered
            ? new IdempotencyAnswer(rows.GetInt32(2), IdempotencyHeaders.Read(rows.GetString(3)), rows.GetFieldValue<byte[]>(4))
            : null;
        // The owner may be unknown: its row went long ago.
        bool elsewhere = !rows.IsDBNull(5) && rows.GetBoolean(5);
        return new IdempotencyRow(IdempotencyHash.FromBytes(rows.GetFieldValue<byte[]>(0)), answer, elsewhere);
    });

    public async Task<int> MarkAsync(IdempotencyTicket ticket)
    {
        try
        {
            return await _database.RunAsync((connection, stop) => MarkAsync(connection, ticket, stop));
        }
        catch (Exception error) when (IsFailure(error))
        {
            // The row may be there, and nothing has left: it must go.
            Keep(ticket, Sending, null);
            throw;
        }
    }

    public Task AnswerAsync(IdempotencyTicket ticket, IdempotencyAnswer answer) => EndAsync(ticket, Answered, answer);

    public Task DoubtAsync(IdempotencyTicket ticket) => EndAsync(ticket, Doubtful, null);

    public Task<int> RemoveAsync(IdempotencyTicket ticket) => EndAsync(ticket, Sending, null);

    public Task<List<long>> RemoveOldAsync(int most) => _database.RunAsync(async (connection, stop) =>
    {
        var bots = new List<long>();
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, stop);
        await using (var turn = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1)", connection))
        {
            turn.With(SweepLock);
            if (await turn.ExecuteScalarAsync(stop) is not true) return bots;
        }

        await using (var delete = new NpgsqlCommand(
            """
            DELETE FROM botapi_idempotency WHERE ctid = ANY (ARRAY(
              SELECT ctid FROM botapi_idempotency WHERE created < now() - $1 ORDER BY created LIMIT $2 FOR UPDATE SKIP LOCKED))
            RETURNING bot_id
            """,
            connection))
        {
            delete.With(Kept).With(most);
            await using NpgsqlDataReader rows = await delete.ExecuteReaderAsync(stop);
            while (await rows.ReadAsync(stop)) bots.Add(rows.GetInt64(0));
        }

        // No row younger than that is theirs.
        await using (var dead = new NpgsqlCommand("DELETE FROM botapi_idempotency_owner WHERE seen < now() - $1", connection))
        {
            dead.With(Kept);
            await dead.ExecuteNonQueryAsync(stop);
        }

        await transaction.CommitAsync(stop);
        return bots;
    });

    public Task<Dictionary<long, int>?> CountAsync() => _database.RunAsync<Dictionary<long, int>?>(async (connection, stop) =>
    {
        var counts = new Dictionary<long, int>();
        await using var command = new NpgsqlCommand("SELECT bot_id, count(*) FROM botapi_idempotency GROUP BY bot_id", connection);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) counts[rows.GetInt64(0)] = (int)Math.Min(rows.GetInt64(1), int.MaxValue);
        return counts;
    });

    public bool IsFailure(Exception error) => PostgresCall.IsFailure(error);

    /// <summary>Ends the loop, with a last attempt at what is unwritten. Calls under way may still complete.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task<int> MarkAsync(NpgsqlConnection connection, IdempotencyTicket ticket, CancellationToken stop)
    {
        // The same claim again is this one, tried twice.
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO botapi_idempotency AS k (bot_id, key_hash, request_hash, state, owner, claim, created)
            VALUES ($1, $2, $3, 0, $4, $5, now())
            ON CONFLICT (bot_id, key_hash) DO UPDATE SET request_hash = excluded.request_hash, state = 0, owner = excluded.owner,
              claim = excluded.claim, status = 0, headers = '', body = '', created = excluded.created
            WHERE k.created < now() - $6 OR (k.owner = excluded.owner AND k.claim = excluded.claim)
            RETURNING xmax = 0
            """,
            connection);
        command.With(ticket.BotId).With(ticket.Key.ToBytes()).With(ticket.Request.ToBytes()).With(Owner).With(ticket.Number).With(Kept);
        return await command.ExecuteScalarAsync(stop) is bool inserted ? inserted ? 1 : 0 : -1;
    }

    private async Task<int> EndAsync(IdempotencyTicket ticket, short state, IdempotencyAnswer? answer)
    {
        try
        {
            return await WriteEndAsync(ticket, state, answer);
        }
        catch (Exception error) when (IsFailure(error))
        {
            Keep(ticket, state, answer);
            throw;
        }
    }

    // "sending" as an end: it was not taken, the key is free again.
    private Task<int> WriteEndAsync(IdempotencyTicket ticket, short state, IdempotencyAnswer? answer) => _database.RunAsync(async (connection, stop) =>
    {
        const string Mine = "WHERE bot_id = $1 AND key_hash = $2 AND owner = $3 AND claim = $4";
        await using var command = new NpgsqlCommand(
            state == Sending
                ? $"DELETE FROM botapi_idempotency {Mine}"
                : $"UPDATE botapi_idempotency SET state = $5, status = $6, headers = $7, body = $8 {Mine}",
            connection);
        command.With(ticket.BotId).With(ticket.Key.ToBytes()).With(Owner).With(ticket.Number);
        if (state != Sending)
        {
            command.With(state).With(answer?.Status ?? 0).With(IdempotencyHeaders.Write(answer?.Headers ?? [])).With(answer?.Body.ToArray() ?? []);
        }

        return await command.ExecuteNonQueryAsync(stop);
    });

    private void Keep(IdempotencyTicket ticket, short state, IdempotencyAnswer? answer)
    {
        if (answer is not null && answer.Body.Length > Limits.IdempotencySettleBytesMax) (state, answer) = (Doubtful, null);
        lock (_lock)
        {
            if (_unwritten.Count < Limits.IdempotencySettleMax) _unwritten.Enqueue((ticket, state, answer));
        }
    }

    private async Task RunAsync()
    {
        long beat = _time.GetTimestamp();
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.IdempotencySettleMs), _time, _stopping.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (_time.GetElapsedTime(beat).TotalMilliseconds >= Limits.IdempotencyBeatMs)
                {
                    await BeatAsync();
                    beat = _time.GetTimestamp();
                }

                await SettleAsync();
            }
            catch (Exception error) when (IsFailure(error))
            {
                // Health shows it; the next round tries again.
            }
        }
    }

    private async Task SettleAsync()
    {
        while (true)
        {
            (IdempotencyTicket Ticket, short State, IdempotencyAnswer? Answer) end;
            lock (_lock)
            {
                if (!_unwritten.TryPeek(out end)) return;
            }

            await WriteEndAsync(end.Ticket, end.State, end.Answer);
            lock (_lock) _unwritten.Dequeue();
        }
    }

    private Task<int> BeatAsync() => _database.RunAsync(async (connection, stop) =>
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO botapi_idempotency_owner (owner, seen) VALUES ($1, now()) ON CONFLICT (owner) DO UPDATE SET seen = now()", connection);
        command.With(Owner);
        return await command.ExecuteNonQueryAsync(stop);
    });
}

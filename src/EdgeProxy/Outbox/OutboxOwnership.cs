using System.Collections.Concurrent;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// Which bots this process sends for, in PostgreSQL. A process is a member while its row in outbox_member is there; it renews the row's time, and whoever
/// finds that time over deletes the row: that is the moment at which its bots become free. Until then nobody takes them, and a renewal that comes
/// late still counts. By its own clock a member believes in its lease for a shorter time than the server does, counted from before it asked.
/// Only <see cref="OutboxLeaseLoop"/> calls what waits.
/// </summary>
internal sealed class OutboxOwnership(PostgresDatabase database, IReadOnlyList<long> bots, int leaseMs, TimeProvider time)
{
    private const string Join =
        """
        INSERT INTO outbox_member (member, slot, sends, until)
        SELECT nextval('outbox_member_number'), s.slot, $1, clock_timestamp() + $2 * interval '1 millisecond'
        FROM generate_series(0, $3 - 1) s (slot) WHERE NOT EXISTS (SELECT 1 FROM outbox_member m WHERE m.slot = s.slot)
        ORDER BY s.slot LIMIT 1 RETURNING member, slot
        """;

    private const string JoinLock = "SELECT pg_advisory_xact_lock(hashtext('outbox_member'))";
    private const string Introduce = "INSERT INTO outbox_owner SELECT unnest($1), NULL, 0 ON CONFLICT DO NOTHING";
    private const string Renewal =
        "UPDATE outbox_member SET until = clock_timestamp() + $2 * interval '1 millisecond', sends = $3 WHERE member = $1";

    private const string Bury = "DELETE FROM outbox_member WHERE until < clock_timestamp() AND member <> $1";
    private const string Look =
        """
        SELECT (SELECT count(*) FROM outbox_member WHERE sends),
          (SELECT count(*) FROM outbox_owner o WHERE o.bot = ANY ($1)
            AND NOT EXISTS (SELECT 1 FROM outbox_member m WHERE m.member = o.member))
        """;

    private const string Claim =
        """
        UPDATE outbox_owner SET member = $1, epoch = epoch + 1 WHERE bot IN (
          SELECT o.bot FROM outbox_owner o WHERE o.bot = ANY ($2) AND NOT EXISTS (SELECT 1 FROM outbox_member m WHERE m.member = o.member)
          ORDER BY o.bot LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING bot, epoch
        """;

    private const string GiveBack =
        """
        UPDATE outbox_owner o SET member = NULL WHERE o.bot = $1 AND o.member = $2 AND o.epoch = $3
          AND NOT EXISTS (SELECT 1 FROM outbox_message m WHERE m.state = 1 AND m.bot = o.bot)
        RETURNING bot
        """;

    private readonly ConcurrentDictionary<long, OutboxLease> _leases = new();
    private long _member;
    private int _slot;
    private long _sentAt;
    private bool _sends;

    public long Member => Volatile.Read(ref _member);

    /// <summary>This process' part of the ids.</summary>
    public int Slot => Volatile.Read(ref _slot);

    /// <summary>Taken, and not yet free of what earlier owners left. Owned by the lease loop.</summary>
    public Dictionary<long, long> Unsettled { get; } = [];

    /// <summary>Whether it takes bots at all: a process that only accepts does not.</summary>
    public bool Sends
    {
        get => Volatile.Read(ref _sends);
        set => Volatile.Write(ref _sends, value);
    }

    public long EpochOf(long bot) => _leases.TryGetValue(bot, out OutboxLease lease) && !lease.IsLeaving ? lease.Epoch : 0;

    /// <summary>The bots it may begin to send for.</summary>
    public long[] Owned()
    {
        List<long> owned = [];
        foreach ((long bot, OutboxLease lease) in _leases)
        {
            if (!lease.IsLeaving) owned.Add(bot);
        }

        return [.. owned];
    }

    public bool Has(long bot, long epoch) => _leases.TryGetValue(bot, out OutboxLease lease) && lease.Epoch == epoch;

    /// <summary>By this machine's own clock nobody else can have the bot yet.</summary>
    public bool IsCertain(long bot, long epoch) =>
        Has(bot, epoch) && time.GetElapsedTime(Volatile.Read(ref _sentAt)).TotalMilliseconds < leaseMs - (leaseMs / Limits.OutboxLeaseMarginParts);

    public void Lose(long bot, long epoch)
    {
        if (_leases.TryGetValue(bot, out OutboxLease lease) && lease.Epoch == epoch) _leases.TryRemove(new(bot, lease));
    }

    /// <summary>Becomes a member, with nothing of its own. False when all slots are taken.</summary>
    public async Task<bool> JoinAsync()
    {
        _leases.Clear();
        Unsettled.Clear();
        await using NpgsqlConnection connection = await database.Source.OpenConnectionAsync().ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
        long sentAt = time.GetTimestamp();
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.Timeout = Limits.OutboxStatementS;
        batch.Add(JoinLock);
        batch.Add(Introduce).With(bots.ToArray());
        batch.Add(Join).With(Sends).With(leaseMs).With(Limits.OutboxSlots);
        long member = 0;
        await using (NpgsqlDataReader rows = await batch.ExecuteReaderAsync().ConfigureAwait(false))
        {
            await rows.NextResultAsync().ConfigureAwait(false);
            if (await rows.ReadAsync().ConfigureAwait(false)) (member, _slot) = (rows.GetInt64(0), rows.GetInt32(1));
        }

        await transaction.CommitAsync().ConfigureAwait(false);
        if (member == 0) return false;
        Volatile.Write(ref _sentAt, sentAt);
        Volatile.Write(ref _member, member);
        return true;
    }

    /// <summary>False when somebody has declared this member dead: everything is lost, and it must join again.</summary>
    public async Task<bool> RenewAsync()
    {
        long sentAt = time.GetTimestamp();
        await using NpgsqlCommand command = database.Source.CreateCommand(Renewal).With(Member).With(leaseMs).With(Sends);
        // An answer that comes after the lease has ended is of no use.
        command.CommandTimeout = Math.Max(1, leaseMs / 1_000);
        if (await command.ExecuteNonQueryAsync().ConfigureAwait(false) == 0)
        {
            _leases.Clear();
            Unsettled.Clear();
            return false;
        }

        Volatile.Write(ref _sentAt, sentAt);
        return true;
    }

    /// <summary>Declares dead whoever has not renewed in time.</summary>
    public Task BuryAsync() => RunAsync(database.Source.CreateCommand(Bury).With(Member));

    /// <summary>How many processes send, and how many of this one's bots nobody has.</summary>
    public async Task<(int Members, int Free)> LookAsync()
    {
        await using NpgsqlCommand command = database.Source.CreateCommand(Look).With(bots.ToArray());
        command.CommandTimeout = Limits.OutboxStatementS;
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync().ConfigureAwait(false);
        await row.ReadAsync().ConfigureAwait(false);
        return ((int)row.GetInt64(0), (int)row.GetInt64(1));
    }

    /// <summary>Some bot is being given back.</summary>
    public bool IsShrinking
    {
        get
        {
            foreach (OutboxLease lease in _leases.Values)
            {
                if (lease.IsLeaving) return true;
            }

            return false;
        }
    }

    /// <summary>Bots it has, those that are being given back included.</summary>
    public int Count => _leases.Count + Unsettled.Count;

    public int Fair(int members) => (bots.Count + Math.Max(1, members) - 1) / Math.Max(1, members);

    /// <summary>Takes up to that many free bots. They are not sent for before <see cref="Settled"/>.</summary>
    public async Task ClaimAsync(int most)
    {
        await using NpgsqlCommand command = database.Source.CreateCommand(Claim).With(Member).With(bots.ToArray()).With(most);
        command.CommandTimeout = Limits.OutboxStatementS;
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await rows.ReadAsync().ConfigureAwait(false)) Unsettled[rows.GetInt64(0)] = rows.GetInt64(1);
    }

    /// <summary>What earlier owners left of the bot is settled: it may be sent for.</summary>
    public void Settled(long bot)
    {
        if (Unsettled.Remove(bot, out long epoch)) _leases[bot] = new OutboxLease(epoch, false);
    }

    /// <summary>Begins to give back all but that many.</summary>
    public void Shrink(int keep)
    {
        long[] owned = Owned();
        Array.Sort(owned);
        for (int i = keep; i < owned.Length; i++)
        {
            if (_leases.TryGetValue(owned[i], out OutboxLease lease)) _leases.TryUpdate(owned[i], lease with { IsLeaving = true }, lease);
        }
    }

    /// <summary>Gives back those of which nothing is being sent any more. True when it did.</summary>
    public async Task<bool> GiveBackAsync()
    {
        bool any = false;
        foreach ((long bot, OutboxLease lease) in _leases)
        {
            if (!lease.IsLeaving) continue;
            await using NpgsqlConnection connection = await database.Source.OpenConnectionAsync().ConfigureAwait(false);
            // One transaction, two looks: what was being marked when the lock was asked for has been when it is given.
            await using NpgsqlBatch batch = connection.CreateBatch();
            batch.Timeout = Limits.OutboxStatementS;
            batch.Add("SELECT 1 FROM outbox_owner WHERE bot = $1 FOR UPDATE").With(bot);
            batch.Add(GiveBack).With(bot).With(Member).With(lease.Epoch);
            await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync().ConfigureAwait(false);
            await rows.NextResultAsync().ConfigureAwait(false);
            if (!await rows.ReadAsync().ConfigureAwait(false)) continue;
            Lose(bot, lease.Epoch);
            any = true;
        }

        return any;
    }

    /// <summary>Leaves the cluster: what it still had is free at once.</summary>
    public Task LeaveAsync()
    {
        _leases.Clear();
        return RunAsync(database.Source.CreateCommand("DELETE FROM outbox_member WHERE member = $1").With(Member));
    }

    private static async Task RunAsync(NpgsqlCommand command)
    {
        await using (command)
        {
            command.CommandTimeout = Limits.OutboxStatementS;
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
    }
}

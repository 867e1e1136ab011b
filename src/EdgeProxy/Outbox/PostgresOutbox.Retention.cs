using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// Retention, as in the embedded engine: a pass walks the ids once, up to the border, in slices. Every process that sends makes its passes; what another
/// one deleted meanwhile is gone when its row is asked for. And the figures: counts and the oldest message, read once a second for those who show them.
/// </summary>
internal sealed partial class PostgresOutbox
{
    private const string Slice = "SELECT id, state, updated FROM outbox_message WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3";
    private const string Abandoned = "SELECT id FROM outbox_broadcast WHERE state < 3 AND state = 0 AND bot = ANY ($1) AND id < $2 LIMIT $3";
    private const string OldBroadcasts =
        """
        SELECT b.id FROM outbox_broadcast b WHERE b.id < $1 AND b.state >= 3
          AND coalesce((SELECT sum(t.s0 + t.s1 + t.s2 + t.s3 + t.s4 + t.s5 + t.s6 + t.s7) FROM outbox_tally t WHERE t.owner = b.id), 0) = 0
        ORDER BY b.id LIMIT $2
        """;

    private const string Figures = $"SELECT q.owner, t.* FROM unnest($1) q (owner) CROSS JOIN LATERAL ({Sums} WHERE x.owner = q.owner) t";
    private const string Oldest = "SELECT coalesce(min(id), 0) FROM outbox_message WHERE ready";

    private Dictionary<long, long[]> _tallies = [];
    private long _oldestReady;
    private long _retireFrom;
    private int _isReading;

    public async Task<bool> RetireAsync(long epoch)
    {
        long nowUnixMs = NowUnixMs();
        long border = MessageClock.FirstOf(nowUnixMs - (_settings.RetentionDays * 86_400_000L));
        long borderUnixMs = MessageClock.UnixMs(border);
        (int seen, long last, List<long> old) = await ReadAsync(connection => ReadOldAsync(connection, border)).ConfigureAwait(false);
        if (old.Count > 0)
        {
            var work = new PostgresWork<bool>(transaction => Retire(transaction, old, borderUnixMs), false) { Messages = old };
            if (!await _engine.RunAsync(work, bounded: false).ConfigureAwait(false)) return false;
        }

        bool more = seen == Limits.OutboxSweepRows;
        _retireFrom = more ? last : 0;
        if (more) return true;
        await RetireBroadcastsAsync(nowUnixMs, border).ConfigureAwait(false);
        return false;
    }

    public IReadOnlyList<long> Tally(long botId) => Volatile.Read(ref _tallies).GetValueOrDefault(botId) ?? new long[MessageStates.Count];

    public long OldestReadyUnixMs() => Volatile.Read(ref _oldestReady);

    public void FindOldest()
    {
        if (Interlocked.Exchange(ref _isReading, 1) == 0) _ = ReadFiguresAsync();
    }

    public Task<bool> NamesUploadAsync(string path) => ReadAsync(async connection =>
    {
        await using NpgsqlCommand command = new NpgsqlCommand("SELECT 1 FROM outbox_upload WHERE path = $1", connection).With(path);
        command.CommandTimeout = Limits.OutboxStatementS;
        return await command.ExecuteScalarAsync().ConfigureAwait(false) is not null;
    });

    /// <summary>Reads the figures anew; the old ones stand while the server is away.</summary>
    public async Task ReadFiguresAsync()
    {
        try
        {
            await ReadAsync(RefreshAsync).ConfigureAwait(false);
        }
        catch (Exception error) when (PostgresDatabase.IsOutage(error))
        {
            // The old figures stand, and health says why.
        }
        finally
        {
            Volatile.Write(ref _isReading, 0);
        }
    }

    private async Task<bool> RefreshAsync(NpgsqlConnection connection)
    {
        Dictionary<long, long[]> tallies = [];
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.Timeout = Limits.OutboxStatementS;
        batch.Add(Figures).With(_botIds);
        batch.Add(Oldest);
        await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            long[] counts = new long[MessageStates.Count];
            for (int i = 0; i < counts.Length; i++) counts[i] = rows.IsDBNull(i + 1) ? 0 : rows.GetInt64(i + 1);
            tallies[rows.GetInt64(0)] = counts;
        }

        await rows.NextResultAsync().ConfigureAwait(false);
        await rows.ReadAsync().ConfigureAwait(false);
        long oldest = rows.GetInt64(0);
        Volatile.Write(ref _oldestReady, oldest == 0 ? 0 : MessageClock.UnixMs(oldest));
        Volatile.Write(ref _tallies, tallies);
        return true;
    }

    private async Task<(int Seen, long Last, List<long> Old)> ReadOldAsync(NpgsqlConnection connection, long border)
    {
        int seen = 0;
        long last = _retireFrom;
        List<long> old = [];
        await using NpgsqlCommand command = new NpgsqlCommand(Slice, connection).With(_retireFrom).With(border).With(Limits.OutboxSweepRows);
        command.CommandTimeout = Limits.OutboxStatementS;
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
        while (await rows.ReadAsync().ConfigureAwait(false))
        {
            seen++;
            last = rows.GetInt64(0);
            if (MessageStates.IsFinal((MessageState)rows.GetInt32(1)) && rows.GetInt64(2) < MessageClock.UnixMs(border)) old.Add(last);
        }

        return (seen, last, old);
    }

    private static bool Retire(PostgresTransaction transaction, List<long> old, long borderUnixMs)
    {
        foreach (long id in old)
        {
            if (transaction.Find(id) is not { } entry) continue;
            if (MessageStates.IsFinal(entry.Row.State) && entry.Row.UpdatedUnixMs < borderUnixMs) transaction.Delete(entry);
        }

        return true;
    }

    /// <summary>Broadcasts that never started are cancelled after a day; empty ones that ended go with their last message.</summary>
    private async Task RetireBroadcastsAsync(long nowUnixMs, long border)
    {
        long abandoned = MessageClock.FirstOf(nowUnixMs - (Limits.OutboxLoadingHours * 3_600_000L));
        (List<long> loading, List<long> ended) = await ReadAsync(async connection =>
        {
            var abandonedOnes = new NpgsqlCommand(Abandoned).With(_ownership.Owned()).With(abandoned).With(Limits.OutboxSweepRows);
            var oldOnes = new NpgsqlCommand(OldBroadcasts).With(border).With(Limits.OutboxSweepRows);
            return (await IdsAsync(connection, abandonedOnes).ConfigureAwait(false), await IdsAsync(connection, oldOnes).ConfigureAwait(false));
        }).ConfigureAwait(false);
        if (loading.Count + ended.Count == 0) return;
        var work = new PostgresWork<bool>(transaction => RetireBroadcasts(transaction, loading, ended), false) { Broadcasts = [.. loading, .. ended] };
        await _engine.RunAsync(work, bounded: false).ConfigureAwait(false);
    }

    private static bool RetireBroadcasts(PostgresTransaction transaction, List<long> loading, List<long> ended)
    {
        foreach (long id in loading)
        {
            bool isLoading = transaction.Broadcasts.TryGetValue(id, out BroadcastRow? broadcast) && broadcast.State == BroadcastState.Loading;
            if (isLoading) transaction.SetBroadcast(broadcast!, BroadcastState.Cancelled);
        }

        // It has no message left that could bring it back, and takes no new one.
        foreach (long id in ended)
        {
            if (transaction.Broadcasts.GetValueOrDefault(id) is { State: >= BroadcastState.Cancelled }) transaction.DroppedBroadcasts.Add(id);
        }

        return true;
    }
}

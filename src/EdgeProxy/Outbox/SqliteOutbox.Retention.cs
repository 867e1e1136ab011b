using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>
/// Retention: what became final more than the retention ago is deleted in small batches. A pass walks the ids once, up to the border, in slices;
/// rows that are not final, or only just (a message scheduled far ahead), are passed over. An unknown that nobody decided goes too.
/// </summary>
internal sealed partial class SqliteOutbox
{
    private const string Slice = "SELECT id, state, updated FROM outbox_message WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    private const string OldBroadcasts = "SELECT id FROM outbox_broadcast WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    private const string ReadyScan = "SELECT id, ready FROM outbox_message WHERE id > ?1 ORDER BY id LIMIT ?2";
    private long _epoch;
    private long _retireFrom;
    private long _oldestFrom;
    private long _oldestReady;
    private long _lowestReturned = long.MaxValue;

    public async Task<bool> RetireAsync(long epoch)
    {
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        long border = MessageClock.FirstOf(nowUnixMs - (_settings.RetentionDays * 86_400_000L));
        List<long> old = [];
        (int seen, long last) = _state.Read(database => ReadOld(database, border, old));
        if (old.Count > 0 && !await _writer.RunAsync(transaction => Retire(transaction, old, border, epoch), false, bounded: false).ConfigureAwait(false))
        {
            return false;
        }

        bool more = seen == Limits.OutboxSweepRows;
        _retireFrom = more ? last : 0;
        if (more) return true;
        long abandoned = MessageClock.FirstOf(nowUnixMs - (Limits.OutboxLoadingHours * 3_600_000L));
        await _writer.RunAsync(transaction => RetireBroadcasts(transaction, border, abandoned, epoch), false, bounded: false).ConfigureAwait(false);
        return false;
    }

    public long OldestReadyUnixMs() => _oldestReady;

    /// <summary>
    /// Some slices a call, upwards. Nothing below the mark is ready but what came back to the queue; that lowers the mark again.
    /// </summary>
    public void FindOldest()
    {
        long returned = Interlocked.Exchange(ref _lowestReturned, long.MaxValue);
        if (returned <= _oldestFrom) _oldestFrom = returned - 1;
        for (int slice = 0; slice < Limits.OutboxOldestSlices; slice++)
        {
            long from = _oldestFrom;
            (_oldestFrom, _oldestReady) = _state.Read(database => NextReady(database, from));
            if (_oldestReady != 0 || _oldestFrom == from) return;
        }
    }

    // How far one slice went, and when the ready message it met was accepted; 0 for none.
    private static (long Last, long UnixMs) NextReady(SqliteDatabase database, long last)
    {
        SqliteStatement rows = database.Prepare(ReadyScan).Bind(1, last).Bind(2, Limits.OutboxSliceRows);
        while (rows.Step())
        {
            if (rows.Int64(1) == 1) return (last, MessageClock.UnixMs(rows.Int64(0)));
            last = rows.Int64(0);
        }

        return (last, 0);
    }

    public Task<bool> NamesUploadAsync(string path) =>
        ReadAsync(database => database.Prepare("SELECT 1 FROM outbox_upload WHERE path = ?1").Bind(1, path).Step());

    private (int Seen, long Last) ReadOld(SqliteDatabase database, long border, List<long> old)
    {
        int seen = 0;
        long last = _retireFrom;
        SqliteStatement rows = database.Prepare(Slice).Bind(1, _retireFrom).Bind(2, border).Bind(3, Limits.OutboxSweepRows);
        while (rows.Step())
        {
            seen++;
            last = rows.Int64(0);
            if (MessageStates.IsFinal((MessageState)rows.Int64(1)) && rows.Int64(2) < MessageClock.UnixMs(border)) old.Add(last);
        }

        return (seen, last);
    }

    private static bool Retire(OutboxTransaction transaction, List<long> old, long border, long epoch)
    {
        if (transaction.Epoch != epoch) return false;
        foreach (long id in old)
        {
            bool isLeft = MessageRow.TryLoad(transaction.Database, id, out MessageRow row);
            if (isLeft && MessageStates.IsFinal(row.State) && row.UpdatedUnixMs < MessageClock.UnixMs(border)) transaction.Delete(row);
        }

        return true;
    }

    /// <summary>Broadcasts that never started are cancelled after a day; empty ones that ended go with their last message.</summary>
    private static bool RetireBroadcasts(OutboxTransaction transaction, long border, long abandoned, long epoch)
    {
        if (transaction.Epoch != epoch) return false;
        SqliteDatabase database = transaction.Database;
        SqliteStatement loading = database.Prepare("SELECT id FROM outbox_broadcast WHERE state < 3 AND state = 0 AND id < ?1").Bind(1, abandoned);
        foreach (long id in Ids(loading)) SetBroadcast(transaction, id, BroadcastState.Cancelled);
        SqliteStatement old = database.Prepare(OldBroadcasts).Bind(1, 0).Bind(2, border).Bind(3, Limits.OutboxSweepRows);
        foreach (long id in Ids(old))
        {
            if (LoadBroadcast(database, id) is not { State: >= BroadcastState.Cancelled }) continue;
            SqliteStatement left = database.Prepare("SELECT s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 FROM outbox_tally WHERE owner = ?1").Bind(1, id);
            bool isUsed = left.Step() && left.Int64(0) > 0;
            left.Reset();
            if (isUsed) continue;
            database.Prepare("DELETE FROM outbox_broadcast WHERE id = ?1").Bind(1, id).Run();
            database.Prepare("DELETE FROM outbox_tally WHERE owner = ?1").Bind(1, id).Run();
            database.Prepare("UPDATE outbox_meta SET id_floor = ?1 WHERE id_floor < ?1").Bind(1, id).Run();
        }

        return true;
    }
}

using EdgeProxy.Lanes;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// The engine's side: ownership, marking and finishing, and what time brings. Marking and finishing are fenced: their transaction holds the bot's row of
/// outbox_owner, which a take-over changes first, and is refused when epoch and member are not this owner's.
/// </summary>
internal sealed partial class PostgresOutbox
{
    private const string Left = "SELECT id FROM outbox_message WHERE state = 1 AND bot = $1 ORDER BY id LIMIT $2";

    private const string Expiring =
        """
        SELECT m.id FROM unnest($1) b (bot) CROSS JOIN LATERAL (
          SELECT x.id FROM outbox_message x WHERE x.bot = b.bot AND x.state = 0 AND x.expires_at > 0 AND x.expires_at <= $2 ORDER BY x.expires_at LIMIT $3) m
        LIMIT $3
        """;

    private const string LaterDue =
        """
        SELECT m.id FROM unnest($1) b (bot) CROSS JOIN LATERAL (
          SELECT x.id FROM outbox_message x WHERE x.bot = b.bot AND x.state = 0 AND NOT x.ready AND x.not_before <= $2 ORDER BY x.not_before LIMIT $3) m
        LIMIT $3
        """;

    private const string RestOver = "SELECT bot, chat FROM outbox_rest WHERE bot = ANY ($1) AND until <= $2 LIMIT $3";
    private const string Swept = "SELECT id FROM outbox_broadcast WHERE sweep AND bot = ANY ($1)";
    private const string SweptMessages =
        """
        SELECT m.id FROM outbox_broadcast b CROSS JOIN LATERAL (
          SELECT x.id FROM outbox_message x WHERE x.ready AND x.queue = b.id ORDER BY x.lane, x.id LIMIT $2) m
        WHERE b.sweep AND b.bot = ANY ($1) LIMIT $2
        """;

    private readonly SemaphoreSlim _beginning = new(1, 1);

    public async Task<long> BeginAsync()
    {
        await _beginning.WaitAsync().ConfigureAwait(false);
        try
        {
            _ownership.Sends = true;
            await _leases.TickAsync().ConfigureAwait(false);
            _notices.Tell([], look: false, owners: true);
            return _ownership.Member;
        }
        catch (Exception error) when (PostgresDatabase.IsOutage(error))
        {
            _database.Failed(error);
            return 0;
        }
        finally
        {
            _beginning.Release();
        }
    }

    /// <summary>Gives every bot back that has nothing in flight; the rest is free when this process has left.</summary>
    public async Task EndAsync()
    {
        _ownership.Sends = false;
        try
        {
            await _leases.TickAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (PostgresDatabase.IsOutage(error))
        {
            // Its leases end by themselves.
        }
    }

    public long EpochOf(long botId) => _ownership.EpochOf(botId);

    public bool MayLeave(long botId, long epoch) => _ownership.IsCertain(botId, epoch);

    public bool Lose(long botId, long epoch)
    {
        _ownership.Lose(botId, epoch);
        _leases.Wake();
        return false;
    }

    public async Task<SendPermit> MarkSendingAsync(MessageId id, long epoch, bool again = false)
    {
        for (bool isDoubtful = false; ;)
        {
            var work = new PostgresWork<SendPermit>(transaction => MarkSending(transaction, id.Value, epoch, again), SendPermit.Unavailable)
            {
                Messages = [id.Value],
                NeedsOwner = true,
            };
            SendPermit permit = await _engine.RunAsync(work, bounded: false).ConfigureAwait(false);
            isDoubtful |= work.IsDoubtful;
            if (permit != SendPermit.Unavailable || !isDoubtful || _stop.IsCancellationRequested || !_ownership.Sends) return permit;
            // "sending" may stand there without anybody who sends: it must be known before the message's lane goes on, however long that takes.
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.OutboxRestMsMin), _time).ConfigureAwait(false);
        }
    }

    public Task<FinishOutcome> FinishAsync(SendEnd end, long epoch) => _engine.RunAsync(
        new PostgresWork<FinishOutcome>(transaction => Finish(transaction, end, epoch), FinishOutcome.Unavailable)
        {
            Messages = [end.Id.Value],
            NeedsOwner = true,
        },
        bounded: false);

    public async Task<(bool RestEnded, bool More)> SweepAsync(long epoch)
    {
        long[] owned = _ownership.Owned();
        if (owned.Length == 0) return default;
        OutboxSweep found = await ReadOrAsync(new OutboxSweep(), connection => LookAsync(connection, owned, NowUnixMs())).ConfigureAwait(false);
        // Most sweeps find nothing, and must not cost a commit.
        if (found.IsEmpty) return default;
        var work = new PostgresWork<bool>(transaction => Sweep(transaction, found), false)
        {
            Messages = [.. found.Expired, .. found.Due, .. found.Cancelled],
            Broadcasts = found.Swept,
        };
        bool isDone = await _engine.RunAsync(work, bounded: false).ConfigureAwait(false);
        return isDone ? (found.Rested.Count > 0, found.IsFull) : default;
    }

    private static async Task<OutboxSweep> LookAsync(NpgsqlConnection connection, long[] owned, long nowUnixMs)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.Timeout = Limits.OutboxStatementS;
        batch.Add(Expiring).With(owned).With(nowUnixMs).With(Limits.OutboxSweepRows);
        batch.Add(LaterDue).With(owned).With(nowUnixMs).With(Limits.OutboxSweepRows);
        batch.Add(Swept).With(owned);
        batch.Add(SweptMessages).With(owned).With(Limits.OutboxSweepRows);
        batch.Add(RestOver).With(owned).With(nowUnixMs).With(Limits.OutboxSweepRows);
        var found = new OutboxSweep();
        await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        foreach (List<long> ids in (List<long>[])[found.Expired, found.Due, found.Swept, found.Cancelled])
        {
            while (await rows.ReadAsync().ConfigureAwait(false)) ids.Add(rows.GetInt64(0));
            await rows.NextResultAsync().ConfigureAwait(false);
        }

        while (await rows.ReadAsync().ConfigureAwait(false)) found.Rested.Add((rows.GetInt64(0), rows.GetInt64(1)));
        return found;
    }

    /// <summary>What was found is locked now, and may have changed since.</summary>
    private static bool Sweep(PostgresTransaction transaction, OutboxSweep found)
    {
        long nowUnixMs = transaction.NowUnixMs;
        // 1. Expired, before they could become ready.
        foreach (long id in found.Expired)
        {
            if (transaction.Find(id) is not { Row: { State: MessageState.Queued, ExpiresAtUnixMs: > 0 } row } entry) continue;
            if (row.ExpiresAtUnixMs <= nowUnixMs) transaction.Move(entry, new MessageChange(MessageState.Expired, HistoryKind.Expired));
        }

        // 2. Their time has come.
        foreach (long id in found.Due)
        {
            if (transaction.Find(id) is not { Row.State: MessageState.Queued, IsReady: false } entry) continue;
            if (entry.NotBeforeUnixMs <= nowUnixMs) transaction.MakeReady(entry);
        }

        // 3. Chats that have rested.
        transaction.RestsEnded.AddRange(found.Rested);
        foreach ((long bot, long chat) in found.Rested)
        {
            for (LanePriority priority = LanePriority.Interactive; priority <= LanePriority.Bulk; priority++)
            {
                transaction.Hints.Add((new OutboxHint(OutboxNumbers.QueueOf(bot, priority), chat), bot));
            }
        }

        // 4. Cancelled broadcasts.
        foreach (long id in found.Cancelled)
        {
            if (transaction.Find(id) is not { Row.State: MessageState.Queued } entry) continue;
            if (transaction.Broadcasts.GetValueOrDefault(entry.Row.Broadcast)?.State != BroadcastState.Cancelled) continue;
            transaction.Move(entry, new MessageChange(MessageState.Cancelled, HistoryKind.Cancelled));
        }

        transaction.Cleared.UnionWith(found.Swept);
        return true;
    }

    /// <summary>Settles a batch of what earlier owners of the bot left in "sending". True when nothing is left of it.</summary>
    private async Task<bool> SettleAsync(long bot, long epoch)
    {
        while (true)
        {
            List<long> left = await ReadAsync(connection => IdsAsync(connection, new NpgsqlCommand(Left).With(bot).With(Limits.OutboxBundleMax)))
                .ConfigureAwait(false);
            if (left.Count == 0) return true;
            var work = new PostgresWork<bool>(transaction => Settle(transaction, left, epoch), false) { Messages = left, NeedsOwner = true };
            if (!await _engine.RunAsync(work, bounded: false).ConfigureAwait(false)) return false;
        }
    }

    private bool Settle(PostgresTransaction transaction, List<long> left, long epoch)
    {
        foreach (long id in left)
        {
            if (transaction.Find(id) is not { Row: { State: MessageState.Sending } row } entry || row.Epoch >= epoch) continue;
            if (transaction.Owners.GetValueOrDefault(row.BotId) != (_ownership.Member, epoch)) return false;
            transaction.Move(entry, MessageMove.Recovered(row));
        }

        return true;
    }

    private SendPermit MarkSending(PostgresTransaction transaction, long id, long epoch, bool again)
    {
        if (transaction.Find(id) is not { } entry) return SendPermit.Withdrawn;
        MessageRow row = entry.Row;
        if (transaction.Owners.GetValueOrDefault(row.BotId) != (_ownership.Member, epoch)) return SendPermit.Fenced;
        bool isOurs = row.State == MessageState.Sending && row.Epoch == epoch;
        if (!isOurs && row.State != MessageState.Queued) return SendPermit.Withdrawn;
        if (row.ExpiresAtUnixMs > 0 && row.ExpiresAtUnixMs <= transaction.NowUnixMs)
        {
            transaction.Move(entry, new MessageChange(MessageState.Expired, HistoryKind.Expired));
            return SendPermit.Withdrawn;
        }

        if (isOurs) return SendPermit.Granted;
        // The bot is given back: nothing new begins.
        if (_ownership.EpochOf(row.BotId) != epoch) return SendPermit.Withdrawn;
        bool isHeld = row.Broadcast != 0 && transaction.Broadcasts.GetValueOrDefault(row.Broadcast)?.State != BroadcastState.Running;
        if (isHeld) return SendPermit.Withdrawn;
        transaction.BeginSending(entry, epoch, again);
        return SendPermit.Granted;
    }

    private FinishOutcome Finish(PostgresTransaction transaction, SendEnd end, long epoch)
    {
        if (transaction.Find(end.Id.Value) is not { } entry) return FinishOutcome.Refused;
        MessageRow row = entry.Row;
        if (transaction.Owners.GetValueOrDefault(row.BotId) != (_ownership.Member, epoch)) return FinishOutcome.Refused;
        bool isOurs = row.State == MessageState.Sending && row.Epoch == epoch;
        if (!isOurs && row.State != MessageState.Queued) return FinishOutcome.Refused;
        if (end.RestUntilUnixMs > transaction.NowUnixMs) transaction.Rest(row.BotId, row.Chat, end.RestUntilUnixMs);
        // What never began and stays queued has nothing to tell.
        if (isOurs || end.Change.To != MessageState.Queued) transaction.Move(entry, end.Change);
        return FinishOutcome.Done;
    }

    private static async Task<List<long>> IdsAsync(NpgsqlConnection connection, NpgsqlCommand command)
    {
        await using (command)
        {
            command.Connection = connection;
            command.CommandTimeout = Limits.OutboxStatementS;
            List<long> ids = [];
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
            while (await rows.ReadAsync().ConfigureAwait(false)) ids.Add(rows.GetInt64(0));
            return ids;
        }
    }
}

using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>A transaction's second round trip: writes what it gathered, a statement a table whatever the number of rows.</summary>
internal static class PostgresFlush
{
    private const string InsertMessages =
        """
        INSERT INTO outbox_message (id, state, ready, bot, queue, lane, chat, broadcast, flags, weight, updated, not_before, expires_at, method, chat_name,
          callback, idem_key, parameters)
        SELECT id, 0, ready, bot, queue, lane, chat, broadcast, flags, weight, $1, not_before, expires_at, method, chat_name, callback, idem_key, parameters
        FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
          u (id, ready, bot, queue, lane, chat, broadcast, flags, weight, not_before, expires_at, method, chat_name, callback, idem_key, parameters)
        """;

    // In the order of the keys: two processes that add the same ones wait for one another, not in a circle.
    private const string InsertKeys =
        "INSERT INTO outbox_key SELECT bot, key, id, hash FROM unnest($1, $2, $3, $4) u (bot, key, id, hash) ORDER BY bot, key COLLATE \"C\"";

    private const string InsertUploads = "INSERT INTO outbox_upload SELECT * FROM unnest($1, $2, $3, $4, $5, $6)";

    private const string InsertBroadcast =
        """
        INSERT INTO outbox_broadcast (id, bot, state, updated, flags, weight, not_before, expires_at, name, method, callback, parameters)
        VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, nullif($10, ''), $11)
        """;

    private const string UpdateMessages =
        """
        UPDATE outbox_message m SET state = u.state, ready = u.ready, epoch = u.epoch, attempts = u.attempts, flags = u.flags, updated = u.updated,
          events = u.events, outcome = u.outcome, error_code = u.error_code, error = u.error, telegram_id = u.telegram_id, migrated = u.migrated,
          not_before = u.not_before, expires_at = u.expires_at
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
          u (id, state, ready, epoch, attempts, flags, updated, events, outcome, error_code, error, telegram_id, migrated, not_before, expires_at)
        WHERE m.id = u.id
        """;

    private const string InsertEvents =
        "INSERT INTO outbox_attempt SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

    private const string InsertCallbacks =
        """
        INSERT INTO outbox_callback (message, state, at, telegram_id, error_code, error, due)
        SELECT message, state, $1, telegram_id, error_code, error, $1 FROM unnest($2, $3, $4, $5, $6) u (message, state, telegram_id, error_code, error)
        """;

    private const string UpsertRests =
        """
        INSERT INTO outbox_rest SELECT * FROM unnest($1, $2, $3) ON CONFLICT (bot, chat) DO UPDATE SET until = greatest(outbox_rest.until, excluded.until)
        """;

    private const string EndRests =
        "DELETE FROM outbox_rest r USING unnest($1, $2) u (bot, chat) WHERE r.bot = u.bot AND r.chat = u.chat AND r.until <= $3";

    private const string UpdateBroadcasts =
        """
        UPDATE outbox_broadcast b SET state = u.state, updated = $1, sweep = u.state = 3
        FROM unnest($2, $3) u (id, state) WHERE b.id = u.id
        """;

    private const string LastRecipients =
        "UPDATE outbox_broadcast b SET last_recipient = u.last FROM unnest($1, $2) u (id, last) WHERE b.id = u.id AND b.last_recipient < u.last";

    private const string Tally =
        """
        INSERT INTO outbox_tally AS t SELECT owner, $1, s0, s1, s2, s3, s4, s5, s6, s7 FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10)
          u (owner, s0, s1, s2, s3, s4, s5, s6, s7)
        ON CONFLICT (owner, writer) DO UPDATE SET s0 = t.s0 + excluded.s0, s1 = t.s1 + excluded.s1, s2 = t.s2 + excluded.s2, s3 = t.s3 + excluded.s3,
          s4 = t.s4 + excluded.s4, s5 = t.s5 + excluded.s5, s6 = t.s6 + excluded.s6, s7 = t.s7 + excluded.s7
        """;

    // Their rows are locked by whoever changes a count of theirs: the sums are exact.
    private const string EndDone =
        """
        UPDATE outbox_broadcast b SET state = 4, updated = $2
        WHERE b.id = ANY ($1) AND b.state = 1 AND coalesce((SELECT sum(t.s0 + t.s1) FROM outbox_tally t WHERE t.owner = b.id), 0) = 0 RETURNING b.id
        """;

    // One that is being sent may still come back to the queue: the mark stays until it has ended.
    private const string ClearSwept =
        """
        UPDATE outbox_broadcast b SET sweep = false
        WHERE b.id = ANY ($1) AND coalesce((SELECT sum(t.s0 + t.s1) FROM outbox_tally t WHERE t.owner = b.id), 0) = 0
        """;

    /// <summary>Writes; the caller commits.</summary>
    /// <param name="connection">In the transaction.</param>
    /// <param name="transaction">What is to be written.</param>
    /// <param name="writer">Whose tally rows.</param>
    public static async Task RunAsync(NpgsqlConnection connection, PostgresTransaction transaction, int writer)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.Timeout = Limits.OutboxStatementS;
        AddNew(batch, transaction);
        AddChanged(batch, transaction);
        AddDeleted(batch, transaction);
        AddTallies(batch, transaction, writer);
        if (batch.BatchCommands.Count == 0) return;
        await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        do
        {
            // Only two statements return rows: files of uploads that went, and broadcasts that are done.
            while (await rows.ReadAsync().ConfigureAwait(false))
            {
                if (rows.GetName(0) == "path") transaction.Files.Add(rows.GetString(0));
                else transaction.BroadcastsChanged = true;
            }
        }
        while (await rows.NextResultAsync().ConfigureAwait(false));
    }

    private static void AddNew(NpgsqlBatch batch, PostgresTransaction transaction)
    {
        foreach ((long id, NewBroadcast broadcast) in transaction.NewBroadcasts)
        {
            batch.Add(InsertBroadcast).With(id).With(broadcast.Bot.Id).With(transaction.NowUnixMs)
                .With(OutboxNumbers.FlagsOf(broadcast.Paid, broadcast.OnUnknown, broadcast.CallbackUrl)).With(broadcast.Weight)
                .With(broadcast.NotBeforeUnixMs).With(broadcast.ExpiresAtUnixMs).With(PostgresTransaction.Clean(broadcast.Name)!).With(broadcast.Method)
                .With(broadcast.CallbackUrl?.AbsoluteUri ?? "").With(broadcast.Parameters.ToArray());
        }

        List<PostgresNew> added = transaction.Added;
        if (added.Count > 0)
        {
            batch.Add(InsertMessages).With(transaction.NowUnixMs).With(Of(added, one => one.Id)).With(Of(added, one => one.IsReady))
                .With(Of(added, one => one.BotId)).With(Of(added, one => one.Queue)).With(Of(added, one => one.Lane)).With(Of(added, one => one.Chat))
                .With(Of(added, one => one.Broadcast)).With(Of(added, one => one.Flags)).With(Of(added, one => one.Weight))
                .With(Of(added, one => one.NotBeforeUnixMs)).With(Of(added, one => one.ExpiresAtUnixMs)).With(Of(added, one => one.Method))
                .With(Of(added, one => one.ChatName)).With(Of(added, one => one.Callback)).With(Of(added, one => one.Key))
                .With(Of(added, one => one.Parameters));
        }

        var keys = transaction.NewKeys;
        if (keys.Count > 0)
        {
            batch.Add(InsertKeys).With(Of(keys, one => one.Bot)).With(Of(keys, one => one.Key)).With(Of(keys, one => one.Id)).With(Of(keys, one => one.Hash));
        }

        var files = transaction.NewUploads;
        if (files.Count == 0) return;
        batch.Add(InsertUploads).With(Of(files, one => one.File.Path)).With(Of(files, one => one.Message)).With(Of(files, one => one.File.Part))
            .With(Of(files, one => PostgresTransaction.Clean(one.File.FileName)!)).With(Of(files, one => PostgresTransaction.Clean(one.File.ContentType)))
            .With(Of(files, one => one.File.Bytes));
    }

    private static void AddChanged(NpgsqlBatch batch, PostgresTransaction transaction)
    {
        List<PostgresEntry> changed = [];
        foreach (PostgresEntry entry in transaction.Messages.Values)
        {
            if (entry is { IsChanged: true, IsDeleted: false }) changed.Add(entry);
        }

        if (changed.Count > 0)
        {
            batch.Add(UpdateMessages).With(Of(changed, one => one.Row.Id)).With(Of(changed, one => (int)one.Row.State)).With(Of(changed, one => one.IsReady))
                .With(Of(changed, one => one.Row.Epoch)).With(Of(changed, one => one.Row.Attempts)).With(Of(changed, one => one.Row.Flags))
                .With(Of(changed, one => one.Row.UpdatedUnixMs)).With(Of(changed, one => one.Row.Events)).With(Of(changed, one => (int)one.Row.Kind))
                .With(Of(changed, one => one.Row.ErrorCode)).With(Of(changed, one => one.Row.Error)).With(Of(changed, one => one.Row.TelegramMessageId))
                .With(Of(changed, one => one.Row.MigratedTo)).With(Of(changed, one => one.NotBeforeUnixMs))
                .With(Of(changed, one => one.Row.ExpiresAtUnixMs));
        }

        var events = transaction.Events;
        if (events.Count > 0)
        {
            batch.Add(InsertEvents).With(Of(events, one => one.Message)).With(Of(events, one => one.N)).With(Of(events, one => one.Event.AtUnixMs))
                .With(Of(events, one => (int)one.Kind)).With(Of(events, one => (int)one.Event.State)).With(Of(events, one => one.Event.ErrorCode))
                .With(Of(events, one => one.Event.Detail));
        }

        var told = transaction.Callbacks;
        if (told.Count > 0)
        {
            batch.Add(InsertCallbacks).With(transaction.NowUnixMs).With(Of(told, one => one.Message)).With(Of(told, one => (int)one.Change.To))
                .With(Of(told, one => one.TelegramId)).With(Of(told, one => one.Change.ErrorCode)).With(Of(told, one => one.Change.Error));
        }

        List<KeyValuePair<(long Bot, long Chat), long>> rests = [.. transaction.Rests.OrderBy(one => one.Key)];
        if (rests.Count > 0)
        {
            batch.Add(UpsertRests).With(Of(rests, one => one.Key.Bot)).With(Of(rests, one => one.Key.Chat)).With(Of(rests, one => one.Value));
        }

        var ended = transaction.RestsEnded;
        if (ended.Count == 0) return;
        batch.Add(EndRests).With(Of(ended, one => one.Bot)).With(Of(ended, one => one.Chat)).With(transaction.NowUnixMs);
    }

    private static void AddDeleted(NpgsqlBatch batch, PostgresTransaction transaction)
    {
        if (transaction.DroppedUploads.Count > 0)
        {
            batch.Add("DELETE FROM outbox_upload WHERE message = ANY ($1) RETURNING path").With(transaction.DroppedUploads.ToArray());
        }

        List<long> deleted = [];
        foreach (PostgresEntry entry in transaction.Messages.Values)
        {
            if (entry.IsDeleted) deleted.Add(entry.Row.Id);
        }

        if (deleted.Count > 0)
        {
            long[] ids = [.. deleted];
            batch.Add("DELETE FROM outbox_callback WHERE message = ANY ($1)").With(ids);
            batch.Add("DELETE FROM outbox_attempt WHERE message = ANY ($1)").With(ids);
            batch.Add("DELETE FROM outbox_key WHERE id = ANY ($1)").With(ids);
            batch.Add("DELETE FROM outbox_message WHERE id = ANY ($1)").With(ids);
        }

        if (transaction.DroppedBroadcasts.Count == 0) return;
        long[] dropped = [.. transaction.DroppedBroadcasts];
        batch.Add("DELETE FROM outbox_key WHERE id = ANY ($1)").With(dropped);
        batch.Add("DELETE FROM outbox_tally WHERE owner = ANY ($1)").With(dropped);
        batch.Add("DELETE FROM outbox_broadcast WHERE id = ANY ($1)").With(dropped);
    }

    private static void AddTallies(NpgsqlBatch batch, PostgresTransaction transaction, int writer)
    {
        List<KeyValuePair<long, long[]>> tallies = [.. transaction.Tallies.OrderBy(one => one.Key)];
        if (tallies.Count > 0)
        {
            NpgsqlBatchCommand tally = batch.Add(Tally).With(writer).With(Of(tallies, one => one.Key));
            for (int i = 0; i < MessageStates.Count; i++) tally.With(Of(tallies, one => one.Value[i]));
        }

        List<BroadcastRow> changed = [.. transaction.ChangedBroadcasts.Select(id => transaction.Broadcasts[id])];
        if (changed.Count > 0)
        {
            batch.Add(UpdateBroadcasts).With(transaction.NowUnixMs).With(Of(changed, one => one.Id)).With(Of(changed, one => (int)one.State));
        }

        var last = transaction.Added.Where(one => one.Broadcast != 0).GroupBy(one => one.Broadcast)
            .Select(group => (Id: group.Key, Last: group.Max(one => one.Id))).ToList();
        if (last.Count > 0) batch.Add(LastRecipients).With(Of(last, one => one.Id)).With(Of(last, one => one.Last));
        if (transaction.Touched.Count > 0) batch.Add(EndDone).With(transaction.Touched.ToArray()).With(transaction.NowUnixMs);
        if (transaction.Cleared.Count > 0) batch.Add(ClearSwept).With(transaction.Cleared.ToArray());
    }

    private static TValue[] Of<TRow, TValue>(List<TRow> rows, Func<TRow, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (int i = 0; i < values.Length; i++) values[i] = value(rows[i]);
        return values;
    }
}

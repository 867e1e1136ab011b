using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>
/// One transaction of the outbox, and the one place where a message changes its state: history, tallies, call-backs and uploads go with it.
/// Lives on the writer thread until it is on disk; then those who waited may read what it lists.
/// </summary>
internal sealed class OutboxTransaction(SqliteDatabase database, MessageClock ids, long nowUnixMs)
{
    private const string Settle =
        """
        UPDATE outbox_message SET state = ?2, ready = ?3, updated = ?4, events = ?5, outcome = ?6, error_code = ?7, error = ?8, telegram_id = ?9,
          migrated = ?10, flags = flags | ?11
        WHERE id = ?1
        """;

    private const string Tally =
        """
        INSERT INTO outbox_tally VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (owner) DO UPDATE SET s0 = s0 + ?2, s1 = s1 + ?3,
          s2 = s2 + ?4, s3 = s3 + ?5, s4 = s4 + ?6, s5 = s5 + ?7, s6 = s6 + ?8, s7 = s7 + ?9
        """;

    private readonly Dictionary<long, long[]> _tallies = [];
    private HashSet<long>? _broadcasts;
    private long _epoch = -1;

    public SqliteDatabase Database => database;
    public long NowUnixMs => nowUnixMs;

    /// <summary>Queues that have something to send which they had not before, with its lane.</summary>
    public List<OutboxHint> Hints { get; } = [];

    /// <summary>Files nobody needs any more, relative to the upload folder.</summary>
    public List<string> Files { get; } = [];

    /// <summary>Messages that became final: bot, state, milliseconds since they were accepted.</summary>
    public List<(long BotId, MessageState State, long AgeMs)> Finals { get; } = [];

    /// <summary>Messages accepted by bot; 0 entries when none.</summary>
    public Dictionary<long, long> Accepted { get; } = [];

    /// <summary>The lowest id that became ready; the largest number when none did.</summary>
    public long LowestReady { get; private set; } = long.MaxValue;

    /// <summary>Some broadcast's state changed.</summary>
    public bool BroadcastsChanged { get; set; }

    public MessageId NextId() => ids.Next(database, nowUnixMs);

    /// <summary>The epoch of the present owner.</summary>
    public long Epoch
    {
        get
        {
            if (_epoch >= 0) return _epoch;
            SqliteStatement query = database.Prepare("SELECT epoch FROM outbox_meta");
            query.Step();
            _epoch = query.Int64(0);
            query.Reset();
            return _epoch;
        }

        set
        {
            database.Prepare("UPDATE outbox_meta SET epoch = ?1").Bind(1, value).Run();
            _epoch = value;
        }
    }

    public void Count(long owner, MessageState state, int change)
    {
        if (!_tallies.TryGetValue(owner, out long[]? deltas)) _tallies.Add(owner, deltas = new long[MessageStates.Count]);
        deltas[(int)state] += change;
    }

    /// <summary>Counts a message of a bot, and of a broadcast unless that is 0.</summary>
    public void Count(long bot, long broadcast, MessageState state, int change)
    {
        Count(bot, state, change);
        if (broadcast == 0) return;
        Count(broadcast, state, change);
        Touch(broadcast);
    }

    /// <summary>Looks at the end whether that broadcast is done.</summary>
    public void Touch(long broadcast) => (_broadcasts ??= []).Add(broadcast);

    /// <summary>It may go now.</summary>
    public void Ready(long id, long queue, long lane)
    {
        LowestReady = Math.Min(LowestReady, id);
        Hints.Add(new OutboxHint(queue, lane));
    }

    /// <summary>Moves a message to another state. The caller has decided that it may; doubts are MessageMove.Settle's.</summary>
    public void Move(in MessageRow row, in MessageChange wanted)
    {
        MessageChange change = MessageMove.Settle(row, wanted, out bool isDoubt);
        bool isReady = change.To == MessageState.Queued;
        int events = KeepLastEvent(row);
        database.Prepare(Settle)
            .Bind(1, row.Id)
            .Bind(2, (long)change.To)
            .Bind(3, isReady ? 1 : 0)
            .Bind(4, nowUnixMs)
            .Bind(5, events)
            .Bind(6, (long)change.Kind)
            .Bind(7, change.ErrorCode)
            .Bind(8, change.Error)
            .Bind(9, change.TelegramMessageId != 0 ? change.TelegramMessageId : row.TelegramMessageId)
            .Bind(10, change.MigratedTo != 0 ? change.MigratedTo : row.MigratedTo)
            .Bind(11, isDoubt ? OutboxSchema.FlagDoubt : 0)
            .Run();
        Count(row.BotId, row.Broadcast, row.State, -1);
        Count(row.BotId, row.Broadcast, change.To, 1);
        if (isReady) Ready(row.Id, row.Queue, row.Lane);
        if (!MessageStates.IsFinal(change.To)) return;
        Finals.Add((row.BotId, change.To, nowUnixMs - MessageClock.UnixMs(row.Id)));
        if (row.Has(OutboxSchema.FlagCallback)) AddCallback(row, change);
        if (change.To == MessageState.Sent && row.Has(OutboxSchema.FlagUploads)) DropUploads(row.Id);
    }

    /// <summary>Writes "sending" with the owner's epoch; counts the attempt unless it is another one within the same wait.</summary>
    public void BeginSending(in MessageRow row, long epoch, bool again)
    {
        int events = KeepLastEvent(row);
        database.Prepare(
            "UPDATE outbox_message SET state = 1, ready = 0, epoch = ?2, updated = ?3, attempts = ?4, events = ?5, outcome = 0 WHERE id = ?1")
            .Bind(1, row.Id).Bind(2, epoch).Bind(3, nowUnixMs).Bind(4, row.Attempts + (again ? 0 : 1)).Bind(5, events).Run();
        Count(row.BotId, row.Broadcast, row.State, -1);
        Count(row.BotId, row.Broadcast, MessageState.Sending, 1);
    }

    /// <summary>Deletes a message with everything that hangs on it.</summary>
    public void Delete(in MessageRow row)
    {
        if (row.Has(OutboxSchema.FlagUploads)) DropUploads(row.Id);
        if (row.Has(OutboxSchema.FlagCallback)) database.Prepare("DELETE FROM outbox_callback WHERE message = ?1").Bind(1, row.Id).Run();
        if (row.Events > 0) database.Prepare("DELETE FROM outbox_attempt WHERE message = ?1").Bind(1, row.Id).Run();
        database.Prepare("DELETE FROM outbox_message WHERE id = ?1").Bind(1, row.Id).Run();
        // No later message may get an id that somebody remembers.
        database.Prepare("UPDATE outbox_meta SET id_floor = ?1 WHERE id_floor < ?1").Bind(1, row.Id).Run();
        Count(row.BotId, row.Broadcast, row.State, -1);
    }

    /// <summary>The chat gets nothing before that time, whatever its queue.</summary>
    public void Rest(long bot, long chat, long untilUnixMs) => database
        .Prepare("INSERT INTO outbox_rest VALUES (?1, ?2, ?3) ON CONFLICT (bot, chat) DO UPDATE SET until = max(until, excluded.until)")
        .Bind(1, bot).Bind(2, chat).Bind(3, untilUnixMs).Run();

    /// <summary>Writes the tallies, and ends broadcasts that have nothing left to do.</summary>
    public void Flush()
    {
        foreach ((long owner, long[] deltas) in _tallies)
        {
            SqliteStatement write = database.Prepare(Tally).Bind(1, owner);
            for (int i = 0; i < deltas.Length; i++) write.Bind(i + 2, deltas[i]);
            write.Run();
        }

        if (_broadcasts is null) return;
        foreach (long broadcast in _broadcasts) EndIfDone(broadcast);
    }

    /// <summary>A running broadcast without anything queued or being sent is done.</summary>
    public void EndIfDone(long broadcast)
    {
        SqliteStatement query = database.Prepare("SELECT s0 + s1 FROM outbox_tally WHERE owner = ?1").Bind(1, broadcast);
        bool isOpen = query.Step() && query.Int64(0) > 0;
        query.Reset();
        if (isOpen) return;
        database.Prepare("UPDATE outbox_broadcast SET state = 4, updated = ?2 WHERE id = ?1 AND state = 1").Bind(1, broadcast).Bind(2, nowUnixMs).Run();
        BroadcastsChanged = true;
    }

    private int KeepLastEvent(in MessageRow row)
    {
        if (row.Kind == HistoryKind.None) return row.Events;
        // A message that fails for a day would fill pages nobody reads: its first events and its last one are kept.
        if (row.Events >= Limits.OutboxHistoryMax) return row.Events;
        database.Prepare("INSERT INTO outbox_attempt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .Bind(1, row.Id).Bind(2, row.Events).Bind(3, row.UpdatedUnixMs).Bind(4, (long)row.Kind).Bind(5, (long)row.State)
            .Bind(6, row.ErrorCode).Bind(7, row.Error).Run();
        return row.Events + 1;
    }

    private void AddCallback(in MessageRow row, in MessageChange change) => database
        .Prepare("INSERT INTO outbox_callback (message, state, at, telegram_id, error_code, error, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?3)")
        .Bind(1, row.Id).Bind(2, (long)change.To).Bind(3, nowUnixMs)
        .Bind(4, change.TelegramMessageId != 0 ? change.TelegramMessageId : row.TelegramMessageId)
        .Bind(5, change.ErrorCode).Bind(6, change.Error).Run();

    private void DropUploads(long message)
    {
        SqliteStatement query = database.Prepare("SELECT path FROM outbox_upload WHERE message = ?1").Bind(1, message);
        while (query.Step()) Files.Add(query.Text(0) ?? "");
        database.Prepare("DELETE FROM outbox_upload WHERE message = ?1").Bind(1, message).Run();
    }
}

using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>
/// One transaction of the outbox over rows that are locked and in memory, and the one place where a message changes its state: history, tallies,
/// call-backs and uploads go with it. What it gathers is written in one go by <see cref="PostgresFlush"/>.
/// </summary>
/// <param name="nowUnixUs">The clock that all processes share, microseconds.</param>
/// <param name="ids">Null for works that make none.</param>
/// <param name="slot">This process'.</param>
internal sealed class PostgresTransaction(long nowUnixUs, OutboxIds? ids, int slot)
{
    public long NowUnixMs => nowUnixUs / 1_000;

    // What was locked and read.
    public Dictionary<long, PostgresEntry> Messages { get; } = [];
    public Dictionary<long, BroadcastRow> Broadcasts { get; } = [];
    public Dictionary<long, (long Member, long Epoch)> Owners { get; } = [];
    public Dictionary<(long Bot, string Key), (Acceptance Known, byte[] Hash)> Keys { get; } = [];
    public HashSet<(long Broadcast, long Chat)> Recipients { get; } = [];

    // What is to be written.
    public List<PostgresNew> Added { get; } = [];
    public List<(long Bot, string Key, long Id, byte[] Hash)> NewKeys { get; } = [];
    public List<(long Message, StoredUpload File)> NewUploads { get; } = [];
    public List<(long Id, NewBroadcast Broadcast)> NewBroadcasts { get; } = [];
    public List<(long Message, int N, MessageAttempt Event, HistoryKind Kind)> Events { get; } = [];
    public List<(long Message, MessageChange Change, long TelegramId)> Callbacks { get; } = [];
    public Dictionary<(long Bot, long Chat), long> Rests { get; } = [];
    public List<(long Bot, long Chat)> RestsEnded { get; } = [];
    public HashSet<long> ChangedBroadcasts { get; } = [];
    public List<long> DroppedBroadcasts { get; } = [];
    public List<long> DroppedUploads { get; } = [];
    public Dictionary<long, long[]> Tallies { get; } = [];
    public HashSet<long> Touched { get; } = [];
    public HashSet<long> Cleared { get; } = [];

    // What others hear of after the commit.
    public List<(OutboxHint Hint, long Bot)> Hints { get; } = [];
    public List<string> Files { get; } = [];
    public List<(long BotId, MessageState State, long AgeMs)> Finals { get; } = [];
    public Dictionary<long, long> Accepted { get; } = [];
    public bool BroadcastsChanged { get; set; }

    public MessageId NextId() => ids!.Next(nowUnixUs, slot);

    /// <summary>The row; null when there is none (any more).</summary>
    public PostgresEntry? Find(long id) => Messages.GetValueOrDefault(id) is { IsDeleted: false } entry ? entry : null;

    /// <summary>Inserts a message or recipient and counts it.</summary>
    public void Add(PostgresNew message)
    {
        Added.Add(message);
        Count(message.BotId, message.Broadcast, MessageState.Queued, 1);
        Accepted[message.BotId] = Accepted.GetValueOrDefault(message.BotId) + 1;
        if (message.IsReady && message.Broadcast == 0) Hints.Add((new OutboxHint(message.Queue, message.Lane), message.BotId));
    }

    /// <summary>Later works of the same transaction see the key.</summary>
    public void AddKey(long bot, string key, MessageId id, byte[] hash)
    {
        NewKeys.Add((bot, key, id.Value, hash));
        Keys[(bot, key)] = (new Acceptance(AcceptOutcome.Repeated, id, MessageState.Queued), hash);
    }

    public void Count(long bot, long broadcast, MessageState state, int change)
    {
        CountOf(bot)[(int)state] += change;
        if (broadcast == 0) return;
        CountOf(broadcast)[(int)state] += change;
        Touched.Add(broadcast);
    }

    /// <summary>Moves a message to another state. The caller has decided that it may; doubts are MessageMove.Settle's.</summary>
    public void Move(PostgresEntry entry, in MessageChange wanted)
    {
        MessageRow row = entry.Row;
        MessageChange change = MessageMove.Settle(row, wanted, out bool isDoubt);
        entry.Row = row with
        {
            State = change.To,
            UpdatedUnixMs = NowUnixMs,
            Events = KeepLastEvent(row),
            Kind = change.Kind,
            ErrorCode = change.ErrorCode,
            Error = Clean(change.Error),
            TelegramMessageId = change.TelegramMessageId != 0 ? change.TelegramMessageId : row.TelegramMessageId,
            MigratedTo = change.MigratedTo != 0 ? change.MigratedTo : row.MigratedTo,
            Flags = row.Flags | (isDoubt ? OutboxSchema.FlagDoubt : 0),
        };
        entry.IsReady = change.To == MessageState.Queued;
        entry.IsChanged = true;
        Count(row.BotId, row.Broadcast, row.State, -1);
        Count(row.BotId, row.Broadcast, change.To, 1);
        if (entry.IsReady) Hint(row);
        if (!MessageStates.IsFinal(change.To)) return;
        Finals.Add((row.BotId, change.To, NowUnixMs - MessageClock.UnixMs(row.Id)));
        if (row.Has(OutboxSchema.FlagCallback)) Callbacks.Add((row.Id, change with { Error = Clean(change.Error) }, entry.Row.TelegramMessageId));
        if (change.To == MessageState.Sent && row.Has(OutboxSchema.FlagUploads)) DroppedUploads.Add(row.Id);
    }

    /// <summary>Writes "sending" with the owner's epoch; counts the attempt unless it is another one within the same wait.</summary>
    public void BeginSending(PostgresEntry entry, long epoch, bool again)
    {
        MessageRow row = entry.Row;
        entry.Row = row with
        {
            State = MessageState.Sending,
            Epoch = epoch,
            UpdatedUnixMs = NowUnixMs,
            Attempts = row.Attempts + (again ? 0 : 1),
            Events = KeepLastEvent(row),
            Kind = HistoryKind.None,
        };
        (entry.IsReady, entry.IsChanged) = (false, true);
        Count(row.BotId, row.Broadcast, row.State, -1);
        Count(row.BotId, row.Broadcast, MessageState.Sending, 1);
    }

    /// <summary>Its time has come.</summary>
    public void MakeReady(PostgresEntry entry)
    {
        (entry.IsReady, entry.IsChanged) = (true, true);
        Hint(entry.Row);
    }

    /// <summary>Deletes a message with everything that hangs on it.</summary>
    public void Delete(PostgresEntry entry)
    {
        entry.IsDeleted = true;
        if (entry.Row.Has(OutboxSchema.FlagUploads)) DroppedUploads.Add(entry.Row.Id);
        Count(entry.Row.BotId, entry.Row.Broadcast, entry.Row.State, -1);
    }

    /// <summary>The chat gets nothing before that time, whatever its queue.</summary>
    public void Rest(long bot, long chat, long untilUnixMs) =>
        Rests[(bot, chat)] = Math.Max(untilUnixMs, Rests.GetValueOrDefault((bot, chat)));

    /// <summary>The state, and with it the mark that its queued messages are still to be cancelled: too many for one transaction.</summary>
    public void SetBroadcast(BroadcastRow broadcast, BroadcastState state)
    {
        Broadcasts[broadcast.Id] = broadcast with { State = state };
        ChangedBroadcasts.Add(broadcast.Id);
        BroadcastsChanged = true;
        // One that runs and has nothing queued is done; the touch makes the end of the transaction look.
        if (state == BroadcastState.Running) Touched.Add(broadcast.Id);
    }

    // PostgreSQL's text cannot hold it, and a report that cannot be written would be tried for ever.
    public static string? Clean(string? text) => text?.Replace("\0", "", StringComparison.Ordinal);

    private long[] CountOf(long owner)
    {
        if (!Tallies.TryGetValue(owner, out long[]? deltas)) Tallies.Add(owner, deltas = new long[MessageStates.Count]);
        return deltas;
    }

    private void Hint(in MessageRow row) => Hints.Add((new OutboxHint(row.Queue, row.Lane), row.BotId));

    private int KeepLastEvent(in MessageRow row)
    {
        // A message that fails for a day would fill pages nobody reads: its first events and its last one are kept.
        if (row.Kind == HistoryKind.None || row.Events >= Limits.OutboxHistoryMax) return row.Events;
        Events.Add((row.Id, row.Events, new MessageAttempt(row.UpdatedUnixMs, "", row.State, row.ErrorCode, row.Error), row.Kind));
        return row.Events + 1;
    }
}

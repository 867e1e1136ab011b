using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// Broadcasts: the message once, and a row of outbox_message a recipient, without parameters. Whoever changes a recipient's state holds the
/// broadcast's row, so that a pause is exact and the counts add up.
/// </summary>
internal sealed partial class PostgresOutbox
{
    private const string BroadcastColumns =
        """
        b.id, b.bot, b.name, b.state, b.updated, coalesce(t.s0, 0), coalesce(t.s1, 0), coalesce(t.s2, 0), coalesce(t.s3, 0), coalesce(t.s4, 0),
          coalesce(t.s5, 0), coalesce(t.s6, 0), coalesce(t.s7, 0)
        """;

    private const string Sums =
        """
        SELECT sum(x.s0)::bigint s0, sum(x.s1)::bigint s1, sum(x.s2)::bigint s2, sum(x.s3)::bigint s3, sum(x.s4)::bigint s4, sum(x.s5)::bigint s5,
          sum(x.s6)::bigint s6, sum(x.s7)::bigint s7
        FROM outbox_tally x
        """;

    private const string OneBroadcast =
        $"SELECT {BroadcastColumns} FROM outbox_broadcast b CROSS JOIN LATERAL ({Sums} WHERE x.owner = b.id) t WHERE b.id = $1";

    private const string NewestBroadcasts =
        $"""
        SELECT {BroadcastColumns} FROM (
          SELECT * FROM outbox_broadcast WHERE cardinality($1) = 0 OR bot = ANY ($1) ORDER BY id DESC LIMIT $2) b
        CROSS JOIN LATERAL ({Sums} WHERE x.owner = b.id) t ORDER BY b.id DESC
        """;

    private const string AmongRecipients = "SELECT count(DISTINCT chat) FROM outbox_message WHERE broadcast > 0 AND broadcast = $1 AND chat = ANY ($2)";

    public Task<Acceptance> CreateBroadcastAsync(NewBroadcast broadcast)
    {
        var work = new PostgresWork<Acceptance>(transaction => Create(transaction, broadcast), Unavailable)
        {
            Key = broadcast.IdempotencyKey is { } key ? (broadcast.Bot.Id, key) : default,
            Bytes = broadcast.Parameters.Length,
        };
        return _callers.RunAsync(work, bounded: true);
    }

    /// <summary>Unavailable: nothing of the batch was added, or all of it when the answer to the commit was lost; again is safe.</summary>
    public Task<AcceptOutcome> AddRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats)
    {
        var work = new PostgresWork<AcceptOutcome>(transaction => AddAll(transaction, broadcast.Value, chats), AcceptOutcome.Unavailable)
        {
            Broadcasts = [broadcast.Value],
            Recipients = [.. chats.Select(OutboxNumbers.LaneOf)],
        };
        return _callers.RunAsync(work, bounded: true);
    }

    public Task<bool> HasRecipientsAsync(MessageId broadcast, IReadOnlyList<ChatTarget> chats) => ReadAsync(async connection =>
    {
        long[] lanes = [.. chats.Select(OutboxNumbers.LaneOf).Distinct()];
        await using NpgsqlCommand command = new NpgsqlCommand(AmongRecipients, connection).With(broadcast.Value).With(lanes);
        command.CommandTimeout = Limits.OutboxStatementS;
        return await command.ExecuteScalarAsync().ConfigureAwait(false) is long count && count == lanes.Length;
    });

    public Task<DecisionOutcome> CommandAsync(MessageId broadcast, BroadcastCommand command) => _callers.RunAsync(
        new PostgresWork<DecisionOutcome>(transaction => Command(transaction, broadcast.Value, command), DecisionOutcome.Unavailable)
        {
            Broadcasts = [broadcast.Value],
        },
        bounded: true);

    public Task<BroadcastRecord?> FindBroadcastAsync(MessageId id) => ReadAsync(async connection =>
    {
        await using NpgsqlCommand command = new NpgsqlCommand(OneBroadcast, connection).With(id.Value);
        command.CommandTimeout = Limits.OutboxStatementS;
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync().ConfigureAwait(false);
        return await row.ReadAsync().ConfigureAwait(false) ? ReadBroadcast(row) : null;
    });

    public Task<IReadOnlyList<BroadcastRecord>> ListBroadcastsAsync(IReadOnlyList<long> botIds, int limit) =>
        ReadAsync<IReadOnlyList<BroadcastRecord>>(async connection =>
        {
            List<BroadcastRecord> found = [];
            await using NpgsqlCommand command = new NpgsqlCommand(NewestBroadcasts, connection).With(botIds.ToArray()).With(limit);
            command.CommandTimeout = Limits.OutboxStatementS;
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
            while (await rows.ReadAsync().ConfigureAwait(false)) found.Add(ReadBroadcast(rows));
            return found;
        });

    private static Acceptance Create(PostgresTransaction transaction, NewBroadcast broadcast)
    {
        if (Earlier(transaction, broadcast.Bot.Id, broadcast.IdempotencyKey, broadcast.RequestHash.Span) is { } earlier) return earlier;
        MessageId id = transaction.NextId();
        transaction.NewBroadcasts.Add((id.Value, broadcast));
        if (broadcast.IdempotencyKey is { } key) transaction.AddKey(broadcast.Bot.Id, key, id, broadcast.RequestHash.ToArray());
        return new Acceptance(AcceptOutcome.Accepted, id, MessageState.Queued);
    }

    private static AcceptOutcome AddAll(PostgresTransaction transaction, long id, IReadOnlyList<ChatTarget> chats)
    {
        if (transaction.Broadcasts.GetValueOrDefault(id) is not { State: BroadcastState.Loading } broadcast) return AcceptOutcome.Conflict;
        foreach (ChatTarget chat in chats)
        {
            long lane = OutboxNumbers.LaneOf(chat);
            if (!transaction.Recipients.Add((id, lane))) continue;
            transaction.Add(new PostgresNew
            {
                Id = transaction.NextId().Value,
                IsReady = true,
                BotId = broadcast.BotId,
                Queue = id,
                Lane = 0,
                Chat = lane,
                Broadcast = id,
                Flags = broadcast.Flags,
                Weight = broadcast.Weight,
                ExpiresAtUnixMs = broadcast.ExpiresAtUnixMs,
                ChatName = chat.Name,
            });
        }

        return AcceptOutcome.Accepted;
    }

    private static DecisionOutcome Command(PostgresTransaction transaction, long id, BroadcastCommand command)
    {
        if (transaction.Broadcasts.GetValueOrDefault(id) is not { } broadcast) return DecisionOutcome.NotFound;
        if (MessageMove.Of(command, broadcast.State) is not { } state) return DecisionOutcome.WrongState;
        transaction.SetBroadcast(broadcast, state);
        return DecisionOutcome.Done;
    }

    private static BroadcastRecord ReadBroadcast(NpgsqlDataReader row)
    {
        long[] counts = new long[MessageStates.Count];
        long sum = 0;
        for (int i = 0; i < counts.Length; i++) sum += counts[i] = row.GetInt64(5 + i);
        return new BroadcastRecord(
            new MessageId(row.GetInt64(0)), row.GetInt64(1), row.GetString(2), (BroadcastState)row.GetInt32(3), MessageClock.UnixMs(row.GetInt64(0)),
            row.GetInt64(4), sum, counts);
    }
}

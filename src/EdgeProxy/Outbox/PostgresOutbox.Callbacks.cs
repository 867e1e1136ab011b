using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// Status call-backs: written with the state they tell of, so that none is lost. One that is due belongs to the process that asked first, for
/// Limits.OutboxCallbackClaimMs from its last asking: two do not deliver the same one at once.
/// </summary>
internal sealed partial class PostgresOutbox
{
    private const string ClaimCallbacks =
        """
        WITH d AS (
          SELECT c.number, c.due, c.claimant, c.claimed_until FROM outbox_callback c
          WHERE NOT c.dead AND c.due <= $1 AND (c.claimant = $2 OR c.claimed_until <= $1) ORDER BY c.due LIMIT $3 FOR UPDATE SKIP LOCKED),
        u AS (
          UPDATE outbox_callback c SET claimant = $2, claimed_until = $1 + $4
          WHERE c.number = ANY (ARRAY(SELECT d.number FROM d WHERE d.claimant <> $2 OR d.claimed_until < $1 + $4 / 2)))
        SELECT number FROM d ORDER BY due
        """;

    private const string CallbackColumns =
        """
        c.number, c.message, c.state, c.at, c.telegram_id, c.error_code, c.error, c.failures,
          coalesce(m.callback, (SELECT b.callback FROM outbox_broadcast b WHERE b.id = m.broadcast)), m.bot
        """;

    private const string CallbacksOf =
        $"SELECT {CallbackColumns} FROM outbox_callback c JOIN outbox_message m ON m.id = c.message WHERE c.number = ANY ($1) ORDER BY c.due, c.number";

    private const string DeadCallbacks =
        $"""
        SELECT {CallbackColumns} FROM outbox_callback c JOIN outbox_message m ON m.id = c.message
        WHERE c.dead AND (cardinality($1) = 0 OR m.bot = ANY ($1)) ORDER BY c.number DESC LIMIT $2
        """;

    private const string CallbackFailed =
        """
        UPDATE outbox_callback SET due = $2, dead = $3, last_error = $4, failures = failures + 1, claimed_until = 0 WHERE number = $1
        """;

    // Not the member: a process that has to join again still delivers what it took.
    private readonly long _claimant = Random.Shared.NextInt64(1, long.MaxValue);

    public Task<IReadOnlyList<CallbackRecord>> DueCallbacksAsync(int limit) => ReadOrAsync<IReadOnlyList<CallbackRecord>>([], async connection =>
    {
        var claim = new NpgsqlCommand(ClaimCallbacks).With(NowUnixMs()).With(_claimant).With(limit).With((long)Limits.OutboxCallbackClaimMs);
        List<long> numbers = await IdsAsync(connection, claim).ConfigureAwait(false);
        if (numbers.Count == 0) return [];
        return await CallbacksAsync(connection, new NpgsqlCommand(CallbacksOf).With(numbers.ToArray())).ConfigureAwait(false);
    });

    public Task<IReadOnlyList<CallbackRecord>> DeadCallbacksAsync(IReadOnlyList<long> botIds, int limit) => ReadAsync(connection =>
        CallbacksAsync(connection, new NpgsqlCommand(DeadCallbacks).With(botIds.ToArray()).With(limit)));

    public Task<DecisionOutcome> CallbackDoneAsync(long number) =>
        ChangeCallbackAsync(_database.Source.CreateCommand("DELETE FROM outbox_callback WHERE number = $1").With(number));

    public Task<DecisionOutcome> CallbackFailedAsync(long number, long nextUnixMs, bool dead, string error) => ChangeCallbackAsync(
        _database.Source.CreateCommand(CallbackFailed).With(number).With(nextUnixMs).With(dead).With(PostgresTransaction.Clean(error)!));

    private async Task<DecisionOutcome> ChangeCallbackAsync(NpgsqlCommand command)
    {
        await using (command)
        {
            command.CommandTimeout = Limits.OutboxStatementS;
            try
            {
                int changed = await command.ExecuteNonQueryAsync().ConfigureAwait(false);
                _database.Worked();
                return changed > 0 ? DecisionOutcome.Done : DecisionOutcome.NotFound;
            }
            catch (Exception failure) when (PostgresDatabase.IsOutage(failure))
            {
                _database.Failed(failure);
                return DecisionOutcome.Unavailable;
            }
        }
    }

    private static async Task<IReadOnlyList<CallbackRecord>> CallbacksAsync(NpgsqlConnection connection, NpgsqlCommand command)
    {
        List<(long Number, long Message, MessageChange Then, long AtUnixMs, Uri Url, int Failures)> parts = [];
        await using (command)
        {
            command.Connection = connection;
            command.CommandTimeout = Limits.OutboxStatementS;
            await using NpgsqlDataReader row = await command.ExecuteReaderAsync().ConfigureAwait(false);
            while (await row.ReadAsync().ConfigureAwait(false))
            {
                if (!Uri.TryCreate(row.TextOrNull(8), UriKind.Absolute, out Uri? url)) continue;
                var then = new MessageChange((MessageState)row.GetInt32(2), HistoryKind.None)
                {
                    TelegramMessageId = row.GetInt64(4),
                    ErrorCode = row.GetInt32(5),
                    Error = row.TextOrNull(6),
                };
                parts.Add((row.GetInt64(0), row.GetInt64(1), then, row.GetInt64(3), url, row.GetInt32(7)));
            }
        }

        List<CallbackRecord> found = [];
        foreach ((long number, long id, MessageChange then, long atUnixMs, Uri url, int failures) in parts)
        {
            if (await FindAsync(connection, id).ConfigureAwait(false) is not { } message) continue;
            MessageRecord record = message with
            {
                State = then.To,
                UpdatedUnixMs = atUnixMs,
                TelegramMessageId = then.TelegramMessageId,
                ErrorCode = then.ErrorCode,
                Error = then.Error,
            };
            found.Add(new CallbackRecord(number, url, record, failures));
        }

        return found;
    }
}

using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>Status call-backs: written with the state they tell of, so that none is lost.</summary>
internal sealed partial class SqliteOutbox
{
    private const string CallbackColumns =
        """
        SELECT c.number, c.message, c.state, c.at, c.telegram_id, c.error_code, c.error, c.failures,
          coalesce(m.callback, (SELECT b.callback FROM outbox_broadcast b WHERE b.id = m.broadcast)), m.bot
        FROM outbox_callback c JOIN outbox_message m ON m.id = c.message
        """;

    private const string DueCallbacks = $"{CallbackColumns} WHERE c.dead = 0 AND c.due <= ?1 ORDER BY c.due LIMIT ?2";
    private const string DeadCallbacks = $"{CallbackColumns} WHERE c.dead = 1 ORDER BY c.number DESC";

    public Task<IReadOnlyList<CallbackRecord>> DueCallbacksAsync(int limit)
    {
        long nowUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return ReadAsync(database => ReadCallbacks(database, database.Prepare(DueCallbacks).Bind(1, nowUnixMs).Bind(2, limit), [], limit));
    }

    public Task<IReadOnlyList<CallbackRecord>> DeadCallbacksAsync(IReadOnlyList<long> botIds, int limit) =>
        ReadAsync(database => ReadCallbacks(database, database.Prepare(DeadCallbacks), botIds, limit));

    public Task<DecisionOutcome> CallbackDoneAsync(long number) => _writer.RunAsync(
        transaction =>
        {
            if (!HasCallback(transaction.Database, number)) return DecisionOutcome.NotFound;
            transaction.Database.Prepare("DELETE FROM outbox_callback WHERE number = ?1").Bind(1, number).Run();
            return DecisionOutcome.Done;
        },
        DecisionOutcome.Unavailable,
        bounded: false);

    public Task<DecisionOutcome> CallbackFailedAsync(long number, long nextUnixMs, bool dead, string error) => _writer.RunAsync(
        transaction =>
        {
            if (!HasCallback(transaction.Database, number)) return DecisionOutcome.NotFound;
            transaction.Database
                .Prepare("UPDATE outbox_callback SET due = ?2, dead = ?3, last_error = ?4, failures = failures + 1 WHERE number = ?1")
                .Bind(1, number).Bind(2, nextUnixMs).Bind(3, dead ? 1 : 0).Bind(4, error).Run();
            return DecisionOutcome.Done;
        },
        DecisionOutcome.Unavailable,
        bounded: false);

    private static bool HasCallback(SqliteDatabase database, long number) =>
        database.Prepare("SELECT 1 FROM outbox_callback WHERE number = ?1").Bind(1, number).Step();

    private static IReadOnlyList<CallbackRecord> ReadCallbacks(SqliteDatabase database, SqliteStatement rows, IReadOnlyList<long> botIds, int limit)
    {
        List<(long Number, MessageRecord Part, Uri Url, int Failures)> parts = [];
        while (parts.Count < limit && rows.Step())
        {
            if (botIds.Count > 0 && !botIds.Contains(rows.Int64(9))) continue;
            if (!Uri.TryCreate(rows.Text(8), UriKind.Absolute, out Uri? url)) continue;
            var part = new MessageRecord
            {
                Id = new MessageId(rows.Int64(1)),
                BotId = 0,
                Method = "",
                Chat = default,
                State = (MessageState)rows.Int64(2),
                UpdatedUnixMs = rows.Int64(3),
                TelegramMessageId = rows.Int64(4),
                ErrorCode = (int)rows.Int64(5),
                Error = rows.Text(6),
            };
            parts.Add((rows.Int64(0), part, url, (int)rows.Int64(7)));
        }

        List<CallbackRecord> found = [];
        foreach ((long number, MessageRecord part, Uri url, int failures) in parts)
        {
            if (Find(database, part.Id.Value) is not { } message) continue;
            MessageRecord then = message with
            {
                State = part.State,
                UpdatedUnixMs = part.UpdatedUnixMs,
                TelegramMessageId = part.TelegramMessageId,
                ErrorCode = part.ErrorCode,
                Error = part.Error,
            };
            found.Add(new CallbackRecord(number, url, then, failures));
        }

        return found;
    }
}

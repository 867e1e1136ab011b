using System.Diagnostics;
using System.Reflection;
using EdgeProxy.Bots;
using EdgeProxy.Outbox;
using EdgeProxy.Postgres;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>No statement may walk a whole table: with 10 million messages that would be minutes. Asked of a filled one.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresOutboxPlanTests(PostgresServer server, ITestOutputHelper output)
{
    private const int Messages = 100_000;
    private static readonly string[] Large = ["outbox_message", "outbox_attempt", "outbox_key", "outbox_callback", "outbox_tally", "outbox_rest"];

    // Statement, types of its parameters, values that are as large as they get in practice or larger.
    private static readonly (string Name, string Types, string Values)[] Statements =
    [
        ("PostgresOutbox.Queues", "bigint, bigint[], bigint", "1125899906842624, '{42}', 5"),
        ("PostgresOutbox.NextLanes", "bigint, bigint, integer, bigint[], bigint, bigint", "169, 500, 544, '{1,2,3}', 42, 5"),
        ("PostgresOutbox.LaneHead", "bigint, bigint, bigint", "169, 500, 5"),
        ("PostgresOutbox.NextRecipients", "bigint, bigint, bigint[], bigint, integer", "1125899906842624, 7, '{1,2,3}', 5, 32"),
        ("PostgresOutbox.UploadsOf", "bigint[]", "'{1,2,3}'"),
        ("PostgresOutbox.Left", "bigint, integer", "42, 512"),
        ("PostgresOutbox.Expiring", "bigint[], bigint, integer", "'{42,43}', 5, 500"),
        ("PostgresOutbox.LaterDue", "bigint[], bigint, integer", "'{42,43}', 5, 500"),
        ("PostgresOutbox.RestOver", "bigint[], bigint, integer", "'{42,43}', 5, 500"),
        ("PostgresOutbox.SweptMessages", "bigint[], integer", "'{42,43}', 500"),
        ("PostgresOutbox.ById", "bigint", "50"),
        ("PostgresOutbox.BySlice", "bigint, bigint, integer", "50, 9223372036854775807, 2000"),
        ("PostgresOutbox.ByState", "bigint, bigint, integer, integer", "50, 9223372036854775807, 2000, 4"),
        ("PostgresOutbox.BySending", "bigint, bigint, integer, bigint[]", "50, 9223372036854775807, 2000, '{42}'"),
        ("PostgresOutbox.SendingBots", "", ""),
        ("PostgresOutbox.History", "bigint", "50"),
        ("PostgresOutbox.OneBroadcast", "bigint", "1125899906842624"),
        ("PostgresOutbox.AmongRecipients", "bigint, bigint[]", "1125899906842624, '{1,2,3}'"),
        ("PostgresOutbox.ClaimCallbacks", "bigint, bigint, integer, bigint", "5, 7, 512, 60000"),
        ("PostgresOutbox.CallbacksOf", "bigint[]", "'{1,2,3}'"),
        ("PostgresOutbox.CallbackFailed", "bigint, bigint, boolean, text", "5, 7, false, ''"),
        ("PostgresOutbox.Slice", "bigint, bigint, integer", "50, 90000, 500"),
        ("PostgresOutbox.Figures", "bigint[]", "'{42,43}'"),
        ("PostgresOutbox.Oldest", "", ""),
        ("PostgresLoad.Owners", "bigint[]", "'{1,2,3}'"),
        ("PostgresLoad.Broadcasts", "bigint[], bigint[]", "'{}', '{1,2,3}'"),
        ("PostgresLoad.Messages", "bigint[]", "'{1,2,3}'"),
        ("PostgresLoad.Keys", "bigint[], text[]", "'{42}', '{k7}'"),
        ("PostgresLoad.Recipients", "bigint[], bigint[]", "'{1125899906842624}', '{7}'"),
        (
            "PostgresFlush.UpdateMessages",
            "bigint[], integer[], boolean[], bigint[], integer[], integer[], bigint[], integer[], integer[], integer[], text[], bigint[], bigint[], "
                + "bigint[], bigint[]",
            "'{1}', '{1}', '{f}', '{1}', '{1}', '{1}', '{1}', '{1}', '{1}', '{1}', '{x}', '{1}', '{1}', '{1}', '{1}'"),
        ("PostgresFlush.EndRests", "bigint[], bigint[], bigint", "'{42}', '{7}', 5"),
        ("PostgresFlush.EndDone", "bigint[], bigint", "'{1125899906842624}', 5"),
        ("PostgresFlush.ClearSwept", "bigint[]", "'{1125899906842624}'"),
        ("OutboxOwnership.GiveBack", "bigint, bigint, bigint", "42, 1, 1"),
    ];

    [Fact]
    public async Task Every_statement_enters_by_an_index_whether_its_values_are_known_or_not()
    {
        string where = await server.CreateDatabaseAsync();
        await using PostgresDatabase database = await OpenAsync(where);
        await using NpgsqlConnection connection = await database.Source.OpenConnectionAsync();
        await FillAsync(connection);
        List<string> walks = [];
        foreach (string mode in (string[])["force_generic_plan", "force_custom_plan"])
        {
            await RunAsync(connection, $"SET plan_cache_mode = {mode}");
            foreach ((string name, string types, string values) in Statements)
            {
                string plan = await PlanAsync(connection, Text(name), types, values);
                if (Large.Any(table => plan.Contains($"Seq Scan on {table}", StringComparison.Ordinal))) walks.Add($"{mode} {name}\n{plan}");
            }
        }

        Assert.True(walks.Count == 0, string.Join("\n\n", walks));
    }

    [Fact]
    public async Task What_it_costs_is_printed()
    {
        const int Count = 30_000;
        const int Burst = 3_000;
        using var durable = new PostgresServer(durable: true);
        await using PostgresDatabase database = await OpenAsync(await durable.CreateDatabaseAsync());
        Assert.True(BotToken.TryParse("42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", out BotToken? token));
        var bot = new Bot { Name = "shop", Token = token, ApiRoot = new Uri("http://127.0.0.1:1") };
        await using PostgresOutbox store = await PostgresOutbox.OpenAsync(
            database, new BotRegistry([bot]), new OutboxSettings(durable.Folder), 60_000, TimeProvider.System, NullLoggerFactory.Instance);
        await store.BeginAsync();
        List<MessageId> ids = [];
        long start = Stopwatch.GetTimestamp();
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        for (int from = 0; from < Count; from += Burst)
        {
            Acceptance[] said = await Task.WhenAll(Enumerable.Range(from, Burst).Select(i => store.AcceptAsync(new NewMessage
            {
                Bot = bot,
                Method = "sendMessage",
                Parameters = new byte[400],
                Chat = new ChatTarget(i % 10_000, null),
                IdempotencyKey = $"{i}",
                RequestHash = new byte[32],
            })));
            Assert.All(said, one => Assert.Equal(AcceptOutcome.Accepted, one.Outcome));
            ids.AddRange(said.Select(one => one.Id));
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double acceptUs = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / Count;
        long epoch = store.EpochOf(bot.Id);
        start = Stopwatch.GetTimestamp();
        foreach (MessageId[] window in ids.Take(5_000).Chunk(500))
        {
            await Task.WhenAll(window.Select(async id =>
            {
                Assert.Equal(SendPermit.Granted, await store.MarkSendingAsync(id, epoch));
                var end = new SendEnd(id, new MessageChange(MessageState.Sent, HistoryKind.Sent) { TelegramMessageId = 1 }, 0);
                Assert.Equal(FinishOutcome.Done, await store.FinishAsync(end, epoch));
            }));
        }

        double sendSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.WriteLine($"accepted {Count / seconds:F0}/s with keys, {acceptUs:F0} µs CPU here each; marked and finished {5_000 / sendSeconds:F0}/s");
    }

    private static Task<PostgresDatabase> OpenAsync(string where) =>
        PostgresDatabase.OpenAsync(where, PostgresOutbox.Migrations, TimeProvider.System, NullLogger.Instance);

    private static string Text(string name)
    {
        string[] parts = name.Split('.');
        Type type = typeof(PostgresOutbox).Assembly.GetType($"EdgeProxy.Outbox.{parts[0]}")!;
        return (string)type.GetField(parts[1], BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!.GetRawConstantValue()!;
    }

    private static async Task FillAsync(NpgsqlConnection connection)
    {
        // One in 50 waits, one in 1000 is in each rarer state; half belong to a broadcast.
        await RunAsync(connection,
            $"""
            INSERT INTO outbox_message (id, state, ready, bot, queue, lane, chat, broadcast, flags, weight, updated, not_before, expires_at, method,
              parameters)
            SELECT i, s.state, s.state = 0 AND i % 7 <> 0, 42, CASE WHEN i % 2 = 0 THEN 169 ELSE 1125899906842624 END,
              CASE WHEN i % 2 = 0 THEN i % 5000 ELSE 0 END, i, CASE WHEN i % 2 = 0 THEN 0 ELSE 1125899906842624 END, 0, 1, 0, i, i, 'sendMessage',
              decode(repeat('00', 200), 'hex')
            FROM generate_series(1, {Messages}) i
            CROSS JOIN LATERAL (SELECT CASE WHEN i % 50 = 0 OR i % 50 = 1 THEN 0 WHEN i % 1000 BETWEEN 3 AND 8 THEN i % 1000 ELSE 2 END AS state) s
            """);
        await RunAsync(connection, "UPDATE outbox_message SET state = 1, ready = false WHERE id % 5000 = 2");
        await RunAsync(connection, $"INSERT INTO outbox_attempt SELECT i, 0, 0, 2, 0, 0, NULL FROM generate_series(1, {Messages}) i");
        await RunAsync(connection, $"INSERT INTO outbox_key SELECT 42, 'k' || i, i, '' FROM generate_series(1, {Messages}) i");
        await RunAsync(connection, $"INSERT INTO outbox_rest SELECT 42, i, i FROM generate_series(1, {Messages / 10}) i");
        await RunAsync(connection, $"INSERT INTO outbox_tally SELECT i, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM generate_series(1, {Messages / 10}) i");
        await RunAsync(connection,
            $"""
            INSERT INTO outbox_callback (message, state, at, telegram_id, error_code, due, dead)
            SELECT i, 2, 0, 0, 0, i, i % 100 = 0 FROM generate_series(1, {Messages / 10}) i
            """);
        await RunAsync(connection,
            """
            INSERT INTO outbox_broadcast (id, bot, state, updated, flags, weight, not_before, expires_at, name, method, parameters)
            VALUES (1125899906842624, 42, 1, 0, 0, 1, 0, 0, 'news', 'sendMessage', '')
            """);
        await RunAsync(connection, "ANALYZE");
    }

    private static async Task<string> PlanAsync(NpgsqlConnection connection, string sql, string types, string values)
    {
        string head = types.Length == 0 ? "PREPARE p AS " : $"PREPARE p ({types}) AS ";
        await RunAsync(connection, head + sql);
        List<string> lines = [];
        await using (var command = new NpgsqlCommand(values.Length == 0 ? "EXPLAIN EXECUTE p" : $"EXPLAIN EXECUTE p ({values})", connection))
        await using (NpgsqlDataReader rows = await command.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync()) lines.Add(rows.GetString(0));
        }

        await RunAsync(connection, "DEALLOCATE p");
        return string.Join("\n", lines);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }
}

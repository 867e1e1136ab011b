using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using EdgeProxy.Redis;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Redis;

/// <summary>The client and the real server.</summary>
public sealed class RedisClientTests
{
    [Fact]
    public async Task Replies_of_100000_commands_of_8_threads_are_their_own_and_in_order()
    {
        using var server = new RedisServer();
        await using RedisClient client = RedisRig.Client(server.Url, change: options => RedisRig.With(options, commandMs: 60_000));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() => CountAsync(client, thread, 12_500))));
        Assert.Equal(0, client.Pending);
    }

    /// <summary>Each thread has windows of 64 INCRs of its own key in flight: the replies must be 1, 2, 3 … in the order of sending.</summary>
    private static async Task CountAsync(RedisClient client, int thread, int count)
    {
        byte[] key = Encoding.ASCII.GetBytes($"counter:{thread}");
        var window = new Queue<(RedisCommand Command, ValueTask<RedisOutcome> Ended)>();
        long expected = 0;
        for (int index = 0; index < count + 64; index++)
        {
            if (index < count)
            {
                RedisCommand command = client.Rent("INCR"u8).Key(key);
                window.Enqueue((command, client.SendAsync(command)));
            }

            if (index < 64) continue;
            (RedisCommand oldest, ValueTask<RedisOutcome> ended) = window.Dequeue();
            Assert.Equal(RedisOutcome.Ok, await ended);
            Assert.True(IsInteger(oldest, ++expected));
            oldest.Dispose();
        }
    }

    private static bool IsInteger(RedisCommand command, long expected) =>
        command.Reply is var reply && reply.TryReadInteger(out long value) && value == expected;

    [Fact]
    public async Task Bulks_of_a_megabyte_go_and_come_between_small_commands()
    {
        using var server = new RedisServer();
        await using RedisClient client = RedisRig.Client(server.Url);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            var random = new Random(thread);
            byte[] key = [(byte)'k', (byte)thread];
            for (int round = 0; round < 10; round++)
            {
                var value = new byte[round % 2 == 0 ? (1 << 20) + random.Next(9) : random.Next(200_000)];
                random.NextBytes(value);
                using RedisCommand set = client.Rent("SET"u8).Key(key).Add(value);
                Assert.Equal(RedisOutcome.Ok, await client.SendAsync(set));
                using RedisCommand get = client.Rent("GET"u8).Key(key);
                Assert.Equal(RedisOutcome.Ok, await client.SendAsync(get));
                Assert.True(IsText(get, value));
            }
        })));
    }

    private static bool IsText(RedisCommand command, byte[] expected) =>
        command.Reply is var reply && reply.TryReadText(out var text) && text.SequenceEqual(expected);

    [Fact]
    public async Task A_script_runs_by_its_hash_and_is_loaded_when_the_server_forgot_it()
    {
        using var server = new RedisServer();
        await using RedisClient client = RedisRig.Client(server.Url);
        var script = new RedisScript("return {redis.call('INCRBY', KEYS[1], ARGV[1]), KEYS[1]}");
        var other = new RedisScript("return redis.call('INCR', KEYS[1])");
        long sum = 0;
        for (int round = 0; round < 5; round++)
        {
            Assert.Equal(RedisOutcome.Ok, (await RedisRig.AskAsync(client, "SCRIPT", "FLUSH")).Outcome);
            await Task.WhenAll(Enumerable.Range(0, 50).Select(index => Task.Run(async () =>
            {
                using RedisCommand command = client.Rent(index % 2 == 0 ? script : other, 1).Key("k"u8);
                if (index % 2 == 0) command.Add(10);
                Assert.Equal(RedisOutcome.Ok, await client.SendAsync(command));
            })));
            sum += (25 * 10) + 25;
        }

        Assert.Equal((RedisOutcome.Ok, sum.ToString(CultureInfo.InvariantCulture)), await RedisRig.AskAsync(client, "GET", "k"));
        using RedisCommand broken = client.Rent(new RedisScript("this is no Lua"), 0);
        Assert.Equal(RedisOutcome.ServerError, await client.SendAsync(broken));
    }

    [Fact]
    public async Task An_error_is_an_outcome_with_its_text_and_costs_nobody_else_a_reply()
    {
        using var server = new RedisServer();
        await using RedisClient client = RedisRig.Client(server.Url);
        await RedisRig.AskAsync(client, "SET", "k", "text");
        (RedisOutcome outcome, string text) = await RedisRig.AskAsync(client, "INCR", "k");
        Assert.Equal(RedisOutcome.ServerError, outcome);
        Assert.StartsWith("ERR value is not an integer", text);
        Assert.Equal((RedisOutcome.Ok, "text"), await RedisRig.AskAsync(client, "GET", "k"));
        Assert.Equal((RedisOutcome.Ok, "_"), await RedisRig.AskAsync(client, "GET", "none"));
    }

    [Fact]
    public async Task A_user_logs_in_over_the_unix_socket_with_name_and_database()
    {
        using var server = new RedisServer("--user", "default", "off", "--user", "edge", "on", ">s3cr@t", "~edge:*", "+@all");
        await using RedisClient client = RedisRig.Client($"unix://edge:s3cr%40t@{server.Socket}?db=3&name=door");
        Assert.Equal((RedisOutcome.Ok, "OK"), await RedisRig.AskAsync(client, "SET", "edge:a", "1"));
        Assert.StartsWith("NOPERM", (await RedisRig.AskAsync(client, "SET", "other", "1")).Text);
        string info = (await RedisRig.AskAsync(client, "CLIENT", "INFO")).Text;
        Assert.Contains(" name=door ", info);
        Assert.Contains(" db=3 ", info);
        Assert.Contains(" resp=3", info);
    }

    [Fact]
    public async Task A_wrong_password_is_said_without_it()
    {
        using var server = new RedisServer("--requirepass", "right");
        var said = new Said();
        await using RedisClient client = RedisRig.Client(
            $"redis://:s3cr%40t@127.0.0.1:{server.Port}", change: options => RedisRig.With(options, commandMs: 1_000), logger: said);
        Assert.Equal(RedisOutcome.NotSent, (await RedisRig.AskAsync(client, "GET", "a")).Outcome);
        await RedisRig.UntilAsync(() => Task.FromResult(client.Fault?.Contains("WRONGPASS") == true), "the reason");
        Assert.Contains(said.Lines, line => line.Contains("WRONGPASS"));
        Assert.DoesNotContain(said.Lines, line => line.Contains("s3cr"));
    }

    private sealed class Said : ILogger<RedisClient>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? error, Func<TState, Exception?, string> format) =>
            Lines.Enqueue(format(state, error) + error);
    }
}

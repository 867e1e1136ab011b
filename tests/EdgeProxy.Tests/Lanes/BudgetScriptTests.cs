using System.Globalization;
using System.Text;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;
using EdgeProxy.Tests.Redis;
using EdgeProxy.Tests.Telegram;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.Lanes;

/// <summary>
/// The scripts in a real Redis, but on a clock that the test moves: whoever asks, whenever Telegram counts and however calls end or vanish, a strict
/// Telegram with the same limits never finds one message too many.
/// </summary>
public sealed class BudgetScriptTests(ITestOutputHelper output)
{
    private static readonly LaneRates Rates = LaneRates.Of(new LaneSettings());
    private static readonly (RedisScript Reserve, RedisScript Settle) Scripts = With("", "");

    [Fact]
    public void Whenever_Telegram_counts_it_counts_nothing_too_much()
    {
        using var redis = new RedisServer();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(4), Prop.ForAll(JsonText.Seeds, seed =>
        {
            var world = new World(redis.Url, seed, Scripts);
            world.RunBusyAsync().GetAwaiter().GetResult();
            Assert.Empty(world.Telegram.Violations);
            Assert.InRange(world.Telegram.Accepted, 500, 5_000);
        }));
    }

    /// <summary>Were the return of a call not to move the bucket, or a chat's capacity one more, the test above would see it.</summary>
    [Theory]
    [InlineData("elseif place then\n    raise(x, per)", "elseif place then")]
    [InlineData("return x.s + (need - cap) * per - now", "return x.s + (need - cap - 1) * per - now")]
    public async Task A_script_that_is_wrong_is_found(string right, string wrong)
    {
        using var redis = new RedisServer();
        (RedisScript Reserve, RedisScript Settle) scripts = With(right, wrong);
        int violations = 0;
        for (int seed = 1; seed <= 3 && violations == 0; seed++)
        {
            var world = new World(redis.Url, seed, scripts);
            await world.RunBusyAsync();
            violations = world.Telegram.Violations.Count;
        }

        Assert.NotEqual(0, violations);
    }

    [Fact]
    public async Task Who_always_asks_gets_the_whole_rate()
    {
        using var redis = new RedisServer();
        var world = new World(redis.Url, 1, Scripts) { IsOrderly = true };
        await world.RunAsync(calls: 900, spreadMs: 1, latencyMs: 100, chats: 3_000);
        Assert.Empty(world.Telegram.Violations);
        double used = world.Telegram.Accepted / (30 * world.LastCounted.TotalSeconds);
        output.WriteLine($"{used:P1}");
        Assert.InRange(used, 0.97, 1.05);
    }

    [Fact]
    public async Task A_server_whose_clock_is_set_back_stops_nobody_for_long()
    {
        using var redis = new RedisServer();
        await using RedisClient client = RedisRig.Client(redis.Url);
        TimeSpan late = TimeSpan.FromHours(10);
        for (int call = 0; call < 5; call++) await AskAsync(client, Scripts.Reserve, late + TimeSpan.FromSeconds(5), 5, 1, LanePriority.Normal);
        TimeSpan now = TimeSpan.Zero;
        (BudgetAnswer answer, TimeSpan wait, _) = await AskAsync(client, Scripts.Reserve, now, 5, 1, LanePriority.Normal);
        for (int times = 0; answer != BudgetAnswer.Granted && times < 10; times++)
        {
            now += wait;
            (answer, wait, _) = await AskAsync(client, Scripts.Reserve, now, 5, 1, LanePriority.Normal);
        }

        Assert.Equal(BudgetAnswer.Granted, answer);
        Assert.InRange(now, TimeSpan.Zero, TimeSpan.FromSeconds(Limits.BudgetDebtMax + 30));
    }

    // The scripts on the test's clock, and wrong in one place if that is asked for.
    private static (RedisScript Reserve, RedisScript Settle) With(string right, string wrong)
    {
        string reserve = Encoding.UTF8.GetString(BudgetScripts.Reserve.Text);
        string settle = Encoding.UTF8.GetString(BudgetScripts.Settle.Text);
        if (right.Length > 0)
        {
            Assert.True(reserve.Contains(right) || settle.Contains(right), "the place to break is gone");
            reserve = reserve.Replace(right, wrong);
            settle = settle.Replace(right, wrong);
        }

        return (OnTestClock(reserve), OnTestClock(settle));
    }

    private static RedisScript OnTestClock(string script) => new(script.Replace("redis.call('TIME')", "{ ARGV[15], ARGV[16] }"));

    private static async Task<(BudgetAnswer Answer, TimeSpan Wait, long Second)> AskAsync(
        RedisClient client, RedisScript script, TimeSpan now, long chat, int weight, LanePriority priority)
    {
        using RedisCommand command = Begin(client, script, chat, weight);
        Add(command, (int)priority, Rates.Reserve(priority), 0, 0, 0);
        AddTime(command, now);
        Assert.Equal((RedisOutcome.Ok, ""), (await client.SendAsync(command), Encoding.UTF8.GetString(command.Error)));
        RespReader reply = command.Reply;
        Assert.True(reply.TryReadAggregate(out int fields) && fields == 5);
        Assert.True(reply.TryReadInteger(out long kind) & reply.TryReadInteger(out long us) & reply.TryReadInteger(out _) & reply.TryReadInteger(out long at));
        return ((BudgetAnswer)kind, TimeSpan.FromMicroseconds(us), at);
    }

    private static async Task ReturnAsync(RedisClient client, RedisScript script, TimeSpan now, long chat, int weight, long second, bool isCounted)
    {
        using RedisCommand command = Begin(client, script, chat, weight);
        Add(command, second, isCounted ? 1 : 0, 0, 0, 0);
        AddTime(command, now);
        Assert.Equal(RedisOutcome.Ok, await client.SendAsync(command));
    }

    private static RedisCommand Begin(RedisClient client, RedisScript script, long chat, int weight)
    {
        RedisCommand command = client.Rent(script, 2).Key("{t:b1}:rate"u8).Key(Encoding.ASCII.GetBytes($"{{t:b1}}:c{chat}")).Add(weight);
        Add(command, 1e6 / Rates.PerSecond, Rates.Burst, Rates.Ceiling, 1e6 / Rates.PaidPerSecond, Rates.PaidBurst, Rates.PaidPerSecond);
        Add(command, 1e6 / (chat > 0 ? Rates.PrivatePerSecond : Rates.GroupPerSecond), chat > 0 ? Rates.PrivateBurst : Rates.GroupBurst);
        return command;
    }

    private static void Add(RedisCommand command, params double[] numbers)
    {
        foreach (double number in numbers) command.Add(Encoding.ASCII.GetBytes(number.ToString("R", CultureInfo.InvariantCulture)));
    }

    private static void AddTime(RedisCommand command, TimeSpan now)
    {
        long us = 1_790_000_000_000_000 + (long)now.TotalMicroseconds;
        command.Add(us / 1_000_000).Add(us % 1_000_000);
    }

    // Askers, their calls on the way, and Telegram, in virtual time.
    private sealed class World(string url, int seed, (RedisScript Reserve, RedisScript Settle) scripts)
    {
        private readonly Random _random = new(seed);
        private readonly PriorityQueue<Func<Task>, (TimeSpan At, int Order)> _plan = new();
        private RedisClient? _client;
        private TimeSpan _now;
        private int _planned;

        public StrictTelegram Telegram { get; } = new(1, 3, 20 / 60.0, 3, 30, 30);
        public TimeSpan LastCounted { get; private set; }

        /// <summary>Every call is one message and returns.</summary>
        public bool IsOrderly { get; init; }

        public Task RunBusyAsync() => RunAsync(calls: 700, spreadMs: 20_000, latencyMs: 900, chats: 60);

        public async Task RunAsync(int calls, int spreadMs, int latencyMs, int chats)
        {
            await using RedisClient client = RedisRig.Client(url);
            _client = client;
            await RedisRig.AskAsync(client, "FLUSHALL");
            for (int call = 0; call < calls; call++)
            {
                long chat = IsOrderly ? call + 1 : _random.Next(-chats / 10, chats);
                if (chat == 0) chat = 1;
                int weight = !IsOrderly && _random.Next(20) == 0 ? _random.Next(2, 12) : 1;
                var priority = (LanePriority)_random.Next(3);
                Plan(TimeSpan.FromMicroseconds(_random.NextInt64(spreadMs * 1000L)), () => CallAsync(chat, weight, priority, latencyMs, 0));
            }

            while (_plan.TryDequeue(out Func<Task>? next, out (TimeSpan At, int) due))
            {
                _now = due.At;
                await next();
            }
        }

        private async Task CallAsync(long chat, int weight, LanePriority priority, int latencyMs, int times)
        {
            (BudgetAnswer answer, TimeSpan wait, long second) = await AskAsync(_client!, scripts.Reserve, _now, chat, weight, priority);
            if (answer != BudgetAnswer.Granted)
            {
                if (times < 200) Plan(wait, () => CallAsync(chat, weight, priority, latencyMs, times + 1));
                return;
            }

            TimeSpan counted = wait + TimeSpan.FromMicroseconds(_random.NextInt64(latencyMs * 1000L));
            bool isCounted = IsOrderly || _random.Next(20) != 0;
            if (isCounted) Plan(counted, () => CountAsync(chat, weight));
            if (!IsOrderly && _random.Next(40) == 0) return;
            TimeSpan returned = counted + TimeSpan.FromMicroseconds(_random.NextInt64(latencyMs * 1000L));
            Plan(returned, () => ReturnAsync(_client!, scripts.Settle, _now, chat, weight, second, isCounted));
        }

        private Task CountAsync(long chat, int weight)
        {
            Telegram.Accept(chat, weight, _now);
            LastCounted = _now;
            return Task.CompletedTask;
        }

        private void Plan(TimeSpan wait, Func<Task> action) => _plan.Enqueue(action, (_now + wait, _planned++));
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>
/// The promise of the outbox under kills and a network that fails, judged by Telegram's own record: never lost, never sent twice by us, every doubt
/// visible, and no doubt where there is none.
/// </summary>
public sealed class OutboxFaultTests(ITestOutputHelper output)
{
    private const int Rounds = 100;
    private const int PerRound = 20;
    private const int Bots = 3;
    private const int ChatsPerBot = 24;

    /// <summary>Messages of this bot may be sent again after a doubt.</summary>
    private const int ResendingBot = 2;

    /// <summary>Slow enough that there is always something to send, and fast enough for a test.</summary>
    private static readonly object Lanes = new { PrivatePerSecond = 50, PrivateBurst = 50, PerSecond = 40, Burst = 8 };

    [Fact]
    public async Task A_hundred_kills_lose_nothing_send_nothing_twice_and_leave_no_doubt_untold()
    {
        var seed = Environment.GetEnvironmentVariable("EDGE_SEED") is { Length: > 0 } replay ? int.Parse(replay) : Random.Shared.Next();
        output.WriteLine($"seed {seed} (EDGE_SEED replays the letters, the faults and the moments of the kills)");
        var random = new Random(seed);
        var traces = new ConcurrentQueue<CallTrace>();
        using var folder = new TempFolder();
        await using var telegram = await StartTelegramAsync(seed, traces);
        AddFaults(telegram);
        using var proxy = OutboxProxy.In(folder, telegram.Url, Bots, Lanes);
        using var client = new OutboxClient(proxy.BaseAddress);
        using var posters = new Posters(client);
        var letters = Letters(random);
        var started = Stopwatch.GetTimestamp();
        var kills = new List<long>();

        foreach (var poster in letters.GroupBy(letter => (letter.Bot, letter.Chat % 2)))
            posters.Start(poster);
        await proxy.StartAsync();
        for (var round = 0; round < Rounds; round++)
        {
            posters.Release(PerRound);
            // Some lives are long enough for a 429 to be waited for, and for what was scheduled to come due.
            await Task.Delay(round % 16 == 15 ? 2500 : random.Next(20, 350));
            kills.Add(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
            proxy.Kill();
            await proxy.StartAsync();
        }

        await posters.EndAsync(TimeSpan.FromSeconds(60));
        var open = await client.DrainAsync(TimeSpan.FromSeconds(60));
        var took = Stopwatch.GetElapsedTime(started);

        var judge = new OutboxJudge(telegram, traces, kills);
        var held = await judge.JudgeAsync(client, [.. letters.Where(letter => !letter.MayRepeat)], posters.Ids);
        var resent = await judge.JudgeAsync(client, [.. letters.Where(letter => letter.MayRepeat)], posters.Ids);
        Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(20)));
        output.WriteLine($"{Rounds} rounds in {took.TotalSeconds:F0} s, {kills.Count} kills | {posters.Posts} posts, {posters.Repeats} of them repetitions, "
            + $"{posters.Repeated} answered with the earlier id, {posters.Wrong.Count} wrongly | still open {open}");
        output.WriteLine("Telegram: " + string.Join(", ", traces.GroupBy(trace => trace.Fault?.ToString() ?? $"answered {trace.Status}")
            .OrderBy(group => group.Key).Select(group => $"{group.Key} {group.Count()}")));
        output.WriteLine("hold:   " + held);
        output.WriteLine("resend: " + resent);

        Assert.Empty(posters.Wrong);
        held.AssertRight(proxy.Log);
        resent.AssertRight(proxy.Log);
        Assert.Equal(Rounds * PerRound, posters.Ids.Count);
        // It was a test: kills and cuts met calls, and most messages found their way.
        Assert.NotEqual(0, held.UnknownKilled);
        Assert.NotEqual(0, held.UnknownCut);
        Assert.InRange(held.Of("sent"), held.ByState.Values.Sum() / 2, int.MaxValue);
    }

    [Fact]
    public async Task A_message_that_waits_for_a_429_to_pass_is_queued_and_a_kill_leaves_no_doubt_about_it()
    {
        using var folder = new TempFolder();
        var traces = new ConcurrentQueue<CallTrace>();
        await using var telegram = await StartTelegramAsync(1, traces);
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Flood, RetryAfter = 3, Count = 1 });
        using var proxy = OutboxProxy.In(folder, telegram.Url);
        using var client = new OutboxClient(proxy.BaseAddress);
        await proxy.StartAsync();
        var id = (await client.PostAsync(Letter.Of("waits", 0, 7).Json)).Id;
        while (telegram.Stats.Floods == 0)
            await Task.Delay(10);

        await client.UntilAsync(id, "queued", TimeSpan.FromSeconds(2));
        proxy.Kill();
        await proxy.StartAsync();

        var sent = await client.UntilAsync(id, "sent", TimeSpan.FromSeconds(15));
        Assert.Equal("waits", Assert.Single(telegram.Sends.Snapshot()).Text);
        Assert.Equal(["accepted", "retry_after", "sent"], Outcomes(sent));
    }

    [Fact]
    public async Task A_message_that_waits_for_a_429_to_pass_can_be_cancelled()
    {
        using var folder = new TempFolder();
        await using var telegram = await StartTelegramAsync(1, []);
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Flood, RetryAfter = 2, Count = 1 });
        using var proxy = OutboxProxy.In(folder, telegram.Url);
        using var client = new OutboxClient(proxy.BaseAddress);
        await proxy.StartAsync();
        var id = (await client.PostAsync(Letter.Of("unwanted", 0, 7).Json)).Id;
        var next = (await client.PostAsync(Letter.Of("wanted", 0, 7).Json)).Id;
        while (telegram.Stats.Floods == 0)
            await Task.Delay(10);
        await client.UntilAsync(id, "queued", TimeSpan.FromSeconds(2));

        var cancelled = await client.CallAsync(HttpMethod.Post, $"/v1/messages/{id}/cancel", null, null);

        Assert.Equal((200, "cancelled"), (cancelled.Status, cancelled.State));
        await client.UntilAsync(next, "sent", TimeSpan.FromSeconds(15));
        Assert.Equal("wanted", Assert.Single(telegram.Sends.Snapshot()).Text);
        Assert.Equal("cancelled", (await client.GetAsync("/v1/messages/" + id)).State);
    }

    [Fact]
    public async Task A_message_that_was_sent_again_after_a_doubt_and_then_refused_is_unknown_and_not_failed()
    {
        using var folder = new TempFolder();
        await using var telegram = await StartTelegramAsync(1, []);
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, ChatId = 7, Count = 1 });
        using var proxy = OutboxProxy.In(folder, telegram.Url);
        using var client = new OutboxClient(proxy.BaseAddress);
        await proxy.StartAsync();
        var id = (await client.PostAsync(Letter.Of("arrived", 0, 7, mayRepeat: true).Json)).Id;
        while (telegram.Sends.Count == 0)
            await Task.Delay(1);
        // The repetition comes after a second of rest.
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.BadRequest, ChatId = 7, Count = 1 });

        var told = await client.UntilAsync(id, "unknown", TimeSpan.FromSeconds(15));

        Assert.Equal(["accepted", "unknown", "rejected"], Outcomes(told));
        Assert.Equal(400, told.Body.GetProperty("error_code").GetInt32());
        var resolved = await client.CallAsync(HttpMethod.Post, $"/v1/messages/{id}/resolve", """{"as":"drop"}""", null);
        Assert.Equal((200, "failed"), (resolved.Status, resolved.State));
        Assert.Single(telegram.Sends.Snapshot());
    }

    [Fact]
    public async Task A_message_to_a_group_that_became_a_supergroup_follows_it_and_tells_both_attempts()
    {
        const long Supergroup = -1_001_234_567_890_123;
        using var folder = new TempFolder();
        await using var telegram = await StartTelegramAsync(1, []);
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Migrated, ChatId = -600, MigrateToChatId = Supergroup });
        using var proxy = OutboxProxy.In(folder, telegram.Url);
        using var client = new OutboxClient(proxy.BaseAddress);
        await proxy.StartAsync();
        var id = (await client.PostAsync(Letter.Of("follows", 0, -600).Json)).Id;
        var sent = await client.UntilAsync(id, "sent", TimeSpan.FromSeconds(15));
        Assert.Equal(Supergroup, Assert.Single(telegram.Sends.Snapshot()).ChatId);
        Assert.Equal(["accepted", "migrated", "sent"], Outcomes(sent));
    }

    private static IEnumerable<string?> Outcomes(OutboxReply message) =>
        message.Body.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("outcome").GetString());

    private static async Task<FakeTelegram> StartTelegramAsync(int seed, ConcurrentQueue<CallTrace> traces)
    {
        // An answer takes its time, so that kills find calls under way.
        var options = new FakeTelegramOptions { EnforceLimits = false, LatencyMs = 15, Seed = seed, Trace = traces.Enqueue };
        options.Tokens.AddRange(Enumerable.Range(0, Bots).Select(OutboxProxy.TokenOf));
        return await FakeTelegram.StartAsync(options);
    }

    private static void AddFaults(FakeTelegram telegram)
    {
        // A rule that names its chat is looked at when the call has been read, so that the trace knows which message it hit.
        for (var chat = 0; chat < ChatsPerBot; chat++)
        {
            telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetBefore, ChatId = ChatOf(chat), Probability = 0.02 });
            telegram.Faults.Add(new FaultRule { Kind = FaultKind.CloseBefore, ChatId = ChatOf(chat), Probability = 0.02 });
        }

        telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, Probability = 0.02 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.CloseAfter, Probability = 0.02 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, Status = 502, Html = true, Probability = 0.05 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, Status = 500, Probability = 0.03 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Flood, RetryAfter = 2, Probability = 0.02 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.BadRequest, Probability = 0.01 });
    }

    private static List<Letter> Letters(Random random)
    {
        var now = TimeProvider.System.GetUtcNow();
        return [.. Enumerable.Range(0, Rounds * PerRound).Select(i =>
        {
            // Every sixth may be sent again after a doubt; every tenth is scheduled, somewhere within the rounds.
            var bot = i % 6 == 5 ? ResendingBot : i % 2;
            DateTimeOffset? notBefore = random.Next(10) == 0 ? now.AddMilliseconds((i / PerRound * 400) + random.Next(200, 4000)) : null;
            return Letter.Of($"m-{i}", bot, ChatOf(random.Next(ChatsPerBot)), notBefore, bot == ResendingBot);
        })];
    }

    private static long ChatOf(int chat) => 1000 + chat;
}

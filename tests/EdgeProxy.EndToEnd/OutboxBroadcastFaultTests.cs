using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>A broadcast under kills: its chats are loaded and sent while the process dies again and again.</summary>
public sealed class OutboxBroadcastFaultTests(ITestOutputHelper output)
{
    private const int Recipients = 500;
    private const int Kills = 20;

    [Fact]
    public async Task A_broadcast_under_kills_reaches_every_chat_at_most_once_and_knows_which()
    {
        var seed = Environment.GetEnvironmentVariable("EDGE_SEED") is { Length: > 0 } replay ? int.Parse(replay) : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TempFolder();
        var options = new FakeTelegramOptions { EnforceLimits = false, LatencyMs = 15, Seed = seed };
        options.Tokens.Add(OutboxProxy.TokenOf(0));
        await using var telegram = await FakeTelegram.StartAsync(options);
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, Probability = 0.03 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetBefore, Probability = 0.03 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, Probability = 0.05 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Blocked, ChatId = 4007 });
        using var proxy = OutboxProxy.In(folder, telegram.Url, lanes: new { PerSecond = 80, Burst = 10 });
        using var client = new OutboxClient(proxy.BaseAddress);
        var request = $$"""{"text":"news","chats":[{{string.Join(',', Enumerable.Range(4000, Recipients))}}]}""";
        await proxy.StartAsync();
        var posting = PostAsync(client, request);
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(random.Next(5, 500));
            proxy.Kill();
            await proxy.StartAsync();
        }

        var id = await posting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, await client.DrainAsync(TimeSpan.FromSeconds(60)));
        var broadcast = (await client.GetAsync("/v1/broadcasts/" + id)).Body;
        var messages = await client.ListAsync("broadcast=" + id);
        var sends = telegram.Sends.Snapshot().GroupBy(send => send.ChatId).ToDictionary(chat => chat.Key, chat => chat.ToList());
        output.WriteLine($"{Kills} kills, {telegram.Stats.Faults} faults: {broadcast.GetProperty("counts")}, Telegram has {sends.Count}");
        Assert.Equal("done", broadcast.GetProperty("status").GetString());
        Assert.Equal(Recipients, messages.Select(message => message.GetProperty("chat_id").GetInt64()).Distinct().Count());
        Assert.Equal(Recipients, messages.Count);
        Assert.All(sends.Values, chat => Assert.Single(chat));
        foreach (var message in messages)
        {
            var state = message.GetProperty("status").GetString()!;
            var isSent = sends.TryGetValue(message.GetProperty("chat_id").GetInt64(), out var send);
            Assert.True(state == "unknown" || (state == "sent") == isSent, $"{message} and Telegram: {isSent}");
            if (state == "sent")
                Assert.Equal(send![0].MessageId, message.GetProperty("message_id").GetInt64());
        }

        foreach (var state in messages.GroupBy(message => message.GetProperty("status").GetString()!))
            Assert.Equal(state.Count(), broadcast.GetProperty("counts").GetProperty(state.Key).GetInt32());

        // Refused by Telegram, unless a kill came while it was under way.
        var refused = messages.Single(message => message.GetProperty("chat_id").GetInt64() == 4007);
        Assert.Contains(refused.GetProperty("status").GetString(), (string[])["failed", "unknown"]);
    }

    private static async Task<string> PostAsync(OutboxClient client, string request)
    {
        while (true)
        {
            var reply = await client.CallAsync(HttpMethod.Post, "/v1/broadcasts", request, "news-1");
            if (reply.Status is 200 or 202)
                return reply.Id;
            Assert.True(reply.Status is 0 or 503, $"{reply.Status} {reply.Body}");
            await Task.Delay(10);
        }
    }
}

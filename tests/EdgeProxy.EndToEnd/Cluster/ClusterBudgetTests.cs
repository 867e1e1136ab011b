using System.Diagnostics;
using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd.Cluster;

/// <summary>One bot's budget, shared: however the calls are spread over processes, Telegram sees one well-behaved client.</summary>
public sealed class ClusterBudgetTests(ITestOutputHelper output)
{
    private const int Members = 3;
    private const int Messages = 6000;
    private const double PerSecond = 30;

    [Fact]
    public async Task Six_thousand_sends_spread_at_random_meet_no_429_and_use_the_legal_rate()
    {
        var options = new FakeTelegramOptions();
        options.Tokens.Add(ProxyConfig.Token);
        await using var telegram = await FakeTelegram.StartAsync(options);
        var lanes = new { MaxWaitMs = 60_000 };
        await using var rig = await ClusterRig.StartAsync(Members, config => config with { ApiRoot = telegram.Url, Lanes = lanes });
        BotCaller[] callers = [.. rig.Members.Select(member => new BotCaller(member.BaseAddress))];
        var seed = Random.Shared.Next();
        var chats = Chats();
        output.WriteLine($"seed {seed}");

        var started = Stopwatch.GetTimestamp();
        var refused = 0;
        await Task.WhenAll(chats.Select((chat, place) => Task.Run(async () =>
        {
            var random = new Random(seed + place);
            for (var i = 0; i < chat.Messages; i++)
            {
                while (true)
                {
                    var reply = await callers[random.Next(Members)].SendAsync(chat.Id, $"{chat.Id} {i}");
                    if (reply.Status == 200)
                        break;
                    // The proxy's own 429: nobody can wait that long.
                    Assert.True(reply.Status == 429, $"{reply.Status} {reply.Outcome} {reply.Body}\n{rig.Logs}");
                    Interlocked.Increment(ref refused);
                    await Task.Delay(TimeSpan.FromSeconds(reply.RetryAfterS ?? 1));
                }
            }
        })));
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (var caller in callers)
            caller.Dispose();

        // A whole second's worth may go at once; then 30 a second.
        var legal = (Messages - PerSecond) / PerSecond;
        IReadOnlyList<SendRecord> sends = telegram.Sends.Snapshot();
        output.WriteLine(
            $"{sends.Count} sends in {took:F1} s of {legal:F1} legal ({legal / took:P1}), {telegram.Stats.Floods} x 429 at Telegram, {refused} told to wait");
        Assert.Equal(0, telegram.Stats.Floods);
        Assert.Equal(Messages, sends.Count);
        Assert.Equal(Messages, sends.Select(send => send.Text).Distinct().Count());
        Assert.True(legal / took >= 0.95, $"{legal / took:P1} of the legal rate");
    }

    /// <summary>300 people, 20 groups and 2 channels; what a group gets takes less than its 20 a minute allow.</summary>
    private static List<(long Id, int Messages)> Chats()
    {
        List<(long, int)> chats = [];
        for (var group = 1; group <= 20; group++)
            chats.Add((-group, 40));
        for (var channel = 1; channel <= 2; channel++)
            chats.Add((-1_000_000_000_000 - channel, 40));
        var left = Messages - (22 * 40);
        for (var person = 0; person < 300; person++)
            chats.Add((1000 + person, (left / 300) + (person < left % 300 ? 1 : 0)));
        return chats;
    }
}

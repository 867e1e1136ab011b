using System.Globalization;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// The same client through the proxy and without it, each against a strict simulator of its own. Both run at once: 30 messages a second are far
/// below what the machine can do.
/// </summary>
internal static class LanesScenario
{
    private const int Users = 300;
    private const int Groups = 20;
    private const int Channels = 2;
    private const int Messages = 6_000;
    private const int QuickMessages = 1_500;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(10);

    public static Scenario Make() => new()
    {
        Name = "lanes",
        Title = "300 private chats, 20 groups and 2 channels at Telegram's limits, through the proxy and without it",
        SideBySide = true,
        Variants = [new Variant("proxy", ProxyAsync), new Variant("without", DirectAsync)],
        Budgets =
        [
            Budget.Max("proxy", "429 at the simulator", 0),
            Budget.Max("proxy", "429 at the client", 0),
            Budget.Min("proxy", "legal rate used", 98),
            Budget.Max("proxy", "out of order", 0),
            Budget.Max("proxy", "missing", 0),
            Budget.Max("proxy", "doubled", 0),
        ],
    };

    private static async Task ProxyAsync(Round round)
    {
        SimulatorProcess simulator = await round.Arena.StartSimulatorAsync();
        ChildProcess proxy = await round.Arena.StartProxyAsync(new EdgeConfig { ApiRoot = simulator.Url });
        await MeasureAsync(round, simulator, proxy);
    }

    private static async Task DirectAsync(Round round) => await MeasureAsync(round, await round.Arena.StartSimulatorAsync(), null);

    private static async Task MeasureAsync(Round round, SimulatorProcess simulator, ChildProcess? proxy)
    {
        ChatMix mix = ChatMix.Of(Users, Groups, Channels, round.Quick ? QuickMessages : Messages);
        var client = new BotClient(proxy?.Url ?? simulator.Url);
        await client.WarmUpAsync();
        using var late = new CancellationTokenSource(Bound);
        ProcessUse before = proxy?.Use ?? default;
        double seconds = await client.SendAllAsync(mix, late.Token);
        ProcessUse after = proxy?.Use ?? default;

        SimulatorStats stats = await simulator.StatsAsync();
        (int outOfOrder, int missing, int doubled) = Compare(mix, await simulator.SendsAsync());
        round.Add("messages", mix.Messages);
        round.Add("legal minimum", mix.LegalSeconds, "s");
        round.Add("finished after", seconds, "s");
        round.Add("legal rate used", 100 * mix.LegalSeconds / seconds, "%");
        round.Add("429 at the simulator", stats.Floods);
        round.Add("429 at the client", client.Floods);
        round.Add("given up by the client", client.Failures);
        round.Add("out of order", outOfOrder);
        round.Add("missing", missing);
        round.Add("doubled", doubled);
        if (proxy is not null) round.Add("proxy", before, after, mix.Messages);
        if (client.FirstFailure is { } failure) round.Note("first failure: " + failure);
    }

    /// <summary>The simulator's record against what was to be sent: message 1, 2, 3 … of every chat, each once.</summary>
    private static (int OutOfOrder, int Missing, int Doubled) Compare(ChatMix mix, List<AcceptedSend> sends)
    {
        int outOfOrder = 0, missing = 0, doubled = 0;
        ILookup<long, string> byChat = sends.ToLookup(send => send.ChatId, send => send.Text);
        for (int index = 0; index < mix.Chats.Count; index++)
        {
            int[] numbers = [.. byChat[mix.Chats[index]].Select(text => int.Parse(text["message ".Length..], CultureInfo.InvariantCulture))];
            int distinct = numbers.Distinct().Count();
            doubled += numbers.Length - distinct;
            missing += mix.MessagesOf(index) - distinct;
            outOfOrder += numbers.Zip(numbers.Skip(1)).Count(pair => pair.Second < pair.First);
        }

        return (outOfOrder, missing, doubled);
    }
}

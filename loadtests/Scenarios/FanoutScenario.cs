using System.Diagnostics;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>Updates that are delivered while more come in: the consumer keeps up, and one that does not costs whoever sends nothing.</summary>
internal static class FanoutScenario
{
    private const int PerSecond = 5_000;
    private const int Connections = 64;

    /// <summary>Different chats, so that order per chat does not decide how much can be under way.</summary>
    private const int Chats = 10_000;

    /// <summary>A tenth of a second of updates: what is just under way when the load ends.</summary>
    private const int BehindMax = PerSecond / 10;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuickDuration = TimeSpan.FromSeconds(5);

    public static Scenario Make() => new()
    {
        Name = "fanout",
        QuickRounds = 3,
        Title = "5,000 updates/s with no consumer, with one that answers at once, and with one that takes a second for each",
        Rounds = 3,
        Variants =
        [
            new Variant("none", round => MeasureAsync(round, null)),
            new Variant("prompt", round => MeasureAsync(round, "/")),
            new Variant("lagging", round => MeasureAsync(round, "/slow")),
        ],
        Budgets =
        [
            Budget.Max("prompt", "behind at the end", BehindMax),
            Budget.Max("prompt", "errors", 0),
            Budget.Max("lagging", "errors", 0),
            Budget.MaxRatio("lagging", "latency p99", 1.2, "none"),
        ],
    };

    private static async Task MeasureAsync(Round round, string? path)
    {
        ChildProcess? consumer = path is null ? null : await Peers.RawAsync(round.Arena, core: null);
        ChildProcess proxy = await round.Arena.StartProxyAsync(Targets.TakingUpdates(1, consumer is null ? null : new Uri(consumer.Url, path)));
        using var load = new Blast(proxy.EndPoint, UpdateTape.Messages(Chats, 1), Connections, core: null);
        await load.RunAsync(PerSecond, WarmUp);
        ProcessUse before = proxy.Use;
        double deliveredBefore = await EdgeMetrics.ReadAsync(proxy, EdgeMetrics.Delivered);
        long started = Stopwatch.GetTimestamp();
        Tally tally = await load.RunAsync(PerSecond, round.Quick ? QuickDuration : Duration);
        double delivered = await EdgeMetrics.ReadAsync(proxy, EdgeMetrics.Delivered);
        double appended = await EdgeMetrics.ReadAsync(proxy, EdgeMetrics.Appended);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        round.Add("taken", tally.Ok / seconds, "/s");
        round.Add("errors", tally.Errors);
        round.Add("latency", tally.Latency);
        round.Add("proxy", before, proxy.Use, tally.Ok);
        if (consumer is null) return;
        round.Add("delivered", (delivered - deliveredBefore) / seconds, "/s");
        round.Add("behind at the end", appended - delivered);
    }
}

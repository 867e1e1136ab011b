using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// Every scenario. A new one of plain HTTP requests is ten lines: copy <see cref="BotApi"/>. One with a course of its own gets a file and a
/// Variant around its measuring method.
/// </summary>
internal static class Catalogue
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        IngestScenario.Make(),
        IngestScenario.MakeComparison(),
        IngestRedisScenario.Make(),
        ClusterScenario.Make(),
        FanoutScenario.Make(),
        ColdStartScenario.Make(),
        GrowthScenario.Make(),
        BotApi(),
        LanesScenario.Make(),
        LanesInteractiveScenario.Make(),
        LanesMillionScenario.Make(),
        OutboxScenario.Make(),
        OutboxBroadcastScenario.Make(),
        SoakScenario.Make(),
    ];

    private static Scenario BotApi() => new()
    {
        Name = "botapi",
        Title = "What the proxy adds to a call that no limit holds: getMe at 500/s, beside the simulator asked directly",
        Rounds = 3,
        Variants =
        [
            new HttpLoad { Target = Targets.ProxyAsync, Request = Requests.GetMe, PerSecond = 500 }.As("proxy"),
            new HttpLoad { Target = Targets.SimulatorAsync, Request = Requests.GetMe, PerSecond = 500 }.As("direct"),
        ],
        Budgets = [Budget.Max("proxy", "errors", 0), Budget.MaxRatio("proxy", "latency p50", 3, "direct")],
    };
}

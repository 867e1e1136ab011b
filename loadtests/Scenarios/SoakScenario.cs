using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>Hours of the same: 1,000 updates a second of the usual mix, delivered to one consumer. --minutes says how long.</summary>
internal static class SoakScenario
{
    private const int PerSecond = 1_000;
    private const int Connections = 64;
    private const double Minutes = 10;
    private const double QuickMinutes = 0.5;
    private const int Parts = 10;

    /// <summary>In the first half the heap finds its size; what still grows then is a leak.</summary>
    private const double SecondHalfMb = 10;

    public static Scenario Make() => new()
    {
        Name = "soak",
        Title = "1,000 updates/s with one consumer, for the minutes of --minutes (10 without it): nothing lost, no error, memory and latency as at the start",
        Variants = [new Variant("proxy", MeasureAsync)],
        Budgets =
        [
            Budget.Max("proxy", "errors", 0),
            Budget.Max("proxy", "undelivered", 0),
            Budget.Max("proxy", "RSS growth in the second half", SecondHalfMb),
        ],
    };

    private static async Task MeasureAsync(Round round)
    {
        ChildProcess consumer = await Peers.RawAsync(round.Arena, core: null);
        ChildProcess proxy = await round.Arena.StartProxyAsync(Targets.TakingUpdates(1, consumer.Url));
        using var load = new Blast(proxy.EndPoint, UpdateTape.Mix(), Connections, core: null);
        TimeSpan part = TimeSpan.FromMinutes((round.Minutes ?? (round.Quick ? QuickMinutes : Minutes)) / Parts);
        var all = new Histogram();
        var p99 = new List<double>();
        var rss = new List<double>();
        long errors = 0, sent = 0;
        ProcessUse before = proxy.Use;
        for (int number = 0; number < Parts; number++)
        {
            Tally tally = await load.RunAsync(PerSecond, part);
            (errors, sent) = (errors + tally.Errors, sent + tally.Ok);
            p99.Add(tally.Latency.QuantileMs(0.99));
            rss.Add(proxy.Use.RssBytes / 1e6);
            all.Add(tally.Latency);
            round.Say(FormattableString.Invariant($"part {number + 1} of {Parts}: p99 {p99[^1]:0.00} ms, {rss[^1]:0} MB"));
        }

        await Task.Delay(TimeSpan.FromSeconds(1));
        round.Add("minutes", part.TotalMinutes * Parts);
        round.Add("taken", sent);
        round.Add("errors", errors);
        round.Add("undelivered", sent - await EdgeMetrics.ReadAsync(proxy, EdgeMetrics.Delivered));
        round.Add("latency", all);
        round.Add("p99 of the first tenth", p99[0], "ms");
        round.Add("p99 of the last tenth", p99[^1], "ms");
        round.Add("RSS after the first half", rss[(Parts / 2) - 1], "MB");
        round.Add("RSS growth in the second half", rss[^1] - rss[(Parts / 2) - 1], "MB");
        round.Add("proxy", before, proxy.Use, sent);
    }
}

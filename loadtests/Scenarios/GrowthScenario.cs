using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// What an update costs when there is much of everything. A small proxy and a large one live side by side and are measured in turns of a second or
/// two, so that the machine's mood meets both: only the ratio counts.
/// </summary>
internal static class GrowthScenario
{
    private const int Turns = 7;
    private const int QuickTurns = 5;
    private const int Connections = 32;

    /// <summary>Filling is not measured: wide batches make it fast.</summary>
    private const int FillConnections = 512;
    private const double GrowthMax = 15;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan QuickTurn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FillBound = TimeSpan.FromMinutes(20);

    public static Scenario Make() => new()
    {
        Name = "growth",
        Title = "CPU of an update with 1 and 1,000,000 chats, 1 and 100 bots, an empty journal and one of 5,000,000 records (--quick: a twentieth)",
        Variants =
        [
            new Variant("chats", round => MeasureAsync(round, new Size(round.Quick ? 50_000 : 1_000_000, 1), fill: round.Quick ? 50_000 : 1_000_000)),
            new Variant("bots", round => MeasureAsync(round, new Size(100, 100), fill: 100)),
            new Variant("journal", round => MeasureAsync(round, new Size(1, 1), fill: round.Quick ? 250_000 : 5_000_000)),
        ],
        Budgets =
        [
            .. new[] { "chats", "bots", "journal" }
                .SelectMany(name => (Budget[])[Budget.Max(name, "growth", GrowthMax), Budget.Max(name, "errors", 0)]),
        ],
    };

    private static async Task MeasureAsync(Round round, Size size, long fill)
    {
        (ChildProcess small, Blast smallLoad) = await StartAsync(round, new Size(1, 1));
        (ChildProcess large, Blast largeLoad) = await StartAsync(round, size);
        using (smallLoad)
        using (largeLoad)
        {
            round.Say($"{fill:#,0} updates first");
            await FillAsync(large, size, fill);
            TimeSpan turn = round.Quick ? QuickTurn : Turn;
            var smallCpu = new List<double>();
            var largeCpu = new List<double>();
            long errors = await TurnAsync(small, smallLoad, turn, []) + await TurnAsync(large, largeLoad, turn, []);
            for (int number = 0; number < (round.Quick ? QuickTurns : Turns); number++)
            {
                errors += await TurnAsync(small, smallLoad, turn, smallCpu);
                errors += await TurnAsync(large, largeLoad, turn, largeCpu);
            }

            double smallest = Spread.Of(smallCpu).Median, largest = Spread.Of(largeCpu).Median;
            round.Add("smallest", smallest, "µs");
            round.Add("largest", largest, "µs");
            round.Add("growth", 100 * ((Spread.Of(largeCpu.Zip(smallCpu, (a, b) => a / b)).Median) - 1), "%");
            round.Add("errors", errors);
            round.Add("RSS smallest", small.Use.RssBytes / 1e6, "MB");
            round.Add("RSS largest", large.Use.RssBytes / 1e6, "MB");
        }
    }

    private static async Task<(ChildProcess Proxy, Blast Load)> StartAsync(Round round, Size size)
    {
        ChildProcess proxy = await round.Arena.StartProxyAsync(Targets.TakingUpdates(size.Bots), Cores.Server);
        return (proxy, new Blast(proxy.EndPoint, UpdateTape.Messages(size.Chats, size.Bots), Connections, Cores.Load));
    }

    private static async Task FillAsync(ChildProcess proxy, Size size, long count)
    {
        // Ids of its own: those of the measured load follow none of them.
        using var fill = new Blast(proxy.EndPoint, UpdateTape.Messages(size.Chats, size.Bots, afterIds: 1_000_000_000), FillConnections, Cores.Load);
        Tally tally = await fill.RunAsync(0, FillBound, count);
        if (tally.Errors > 0) throw new LoadException("filling failed: " + tally.FirstError);
    }

    private static async Task<long> TurnAsync(ChildProcess proxy, Blast load, TimeSpan duration, List<double> cpuUs)
    {
        ProcessUse before = proxy.Use;
        Tally tally = await load.RunAsync(0, duration);
        cpuUs.Add((proxy.Use.CpuUs - before.CpuUs) / (double)Math.Max(1, tally.Ok));
        return tally.Errors;
    }

    private readonly record struct Size(int Chats, int Bots);
}

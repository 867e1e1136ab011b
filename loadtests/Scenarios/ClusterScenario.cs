using System.Diagnostics;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// The same load on one, two and three equal processes: what an update costs them together and Redis, and that each webhook is one script. A consumer
/// takes everything, so reading and cursors are in the price. All share the machine's cores with Redis and the generator.
/// </summary>
internal static class ClusterScenario
{
    private const int Connections = 36;
    private const int Chats = 10_000;

    /// <summary>Ids of the loads do not meet.</summary>
    private const long IdsApart = 100_000_000;

    /// <summary>Leases, heartbeats and cursors run scripts of their own, some dozens a second.</summary>
    private const double ScriptsMax = 1.1;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuickDuration = TimeSpan.FromSeconds(4);

    public static Scenario Make() => new()
    {
        Name = "cluster",
        Title = "Updates into 1, 2 and 3 processes on one Redis that fsyncs before it answers, out to one HTTP consumer; closed with 36 connections",
        Rounds = 3,
        Variants =
        [
            new Variant(Name(1), round => MeasureAsync(round, 1)) { Missing = Peers.ServersMissing },
            new Variant(Name(2), round => MeasureAsync(round, 2)) { Missing = Peers.ServersMissing },
            new Variant(Name(3), round => MeasureAsync(round, 3)) { Missing = Peers.ServersMissing },
        ],
        Budgets =
        [
            Budget.Max(Name(1), "Redis scripts/request", ScriptsMax),
            Budget.Max(Name(3), "Redis scripts/request", ScriptsMax),
            Budget.Max(Name(1), "errors", 0),
            Budget.Max(Name(2), "errors", 0),
            Budget.Max(Name(3), "errors", 0),
        ],
    };

    private static string Name(int members) => members == 1 ? "1 process" : $"{members} processes";

    private static async Task MeasureAsync(Round round, int count)
    {
        ChildProcess consumer = await Peers.RawAsync(round.Arena, core: null);
        (ChildProcess redis, string url, string postgres) = await round.Arena.StartServersAsync(null, "--appendonly", "yes", "--appendfsync", "always");
        var members = new List<ChildProcess>();
        for (int index = 0; index < count; index++)
        {
            members.Add(await round.Arena.StartProxyAsync(Targets.TakingUpdates(1, consumer.Url) with { Servers = (url, postgres) }));
        }

        Blast[] loads = [.. members.Select((member, index) =>
            new Blast(member.EndPoint, UpdateTape.Messages(Chats, 1, index * IdsApart), Connections / count, core: null))];
        await Task.WhenAll(loads.Select(load => load.RunAsync(0, WarmUp)));
        double scripts = await Targets.RedisScriptsAsync(redis);
        ProcessUse[] before = [.. members.Append(redis).Select(process => process.Use)];
        long started = Stopwatch.GetTimestamp();
        Tally[] tallies = await Task.WhenAll(loads.Select(load => load.RunAsync(0, round.Quick ? QuickDuration : Duration)));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        ProcessUse[] after = [.. members.Append(redis).Select(process => process.Use)];
        double ok = Math.Max(1, tallies.Sum(tally => tally.Ok));
        foreach (Blast load in loads) load.Dispose();

        var latency = new Histogram();
        foreach (Tally tally in tallies) latency.Add(tally.Latency);
        round.Add("CPU/update, all processes", after.Zip(before, (late, early) => late.CpuUs - early.CpuUs).Take(count).Sum() / ok, "µs");
        round.Add("CPU/update, Redis", (after[count].CpuUs - before[count].CpuUs) / ok, "µs");
        round.Add("Redis scripts/request", (await Targets.RedisScriptsAsync(redis) - scripts) / ok);
        round.Add("rate", ok / seconds, "/s");
        round.Add("errors", tallies.Sum(tally => tally.Errors));
        round.Add("latency", latency);
    }
}

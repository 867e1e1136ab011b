using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>What an update costs a process of a cluster, beside a server that only reads it.</summary>
internal static class IngestRedisScenario
{
    private const string Proxy = "proxy + Redis";
    private const string Durable = "proxy + Redis, fsync always";
    private const string Raw = "raw Kestrel";
    private const string Scripts = "Redis scripts/request";

    /// <summary>Leases and heartbeats run scripts of their own, a few a second.</summary>
    private const double ScriptsMax = 1.01;

    public static Scenario Make() => new()
    {
        Name = "ingest-redis",
        Title = "An update from the webhook to Redis (deduplicated and appended in one script), closed with 32 connections and open at 3,000/s; one core",
        Rounds = 5,
        Variants =
        [
            new UpdateLoad { Target = Targets.IngestRedisAsync }.As(Proxy, Peers.ServersMissing),
            new UpdateLoad { Target = Peers.RawAsync }.As(Raw),
            new UpdateLoad { Target = Targets.IngestDurableRedisAsync }.As(Durable, Peers.ServersMissing),
            new UpdateLoad { Target = Targets.IngestRedisAsync, PerSecond = 3_000, Connections = 64 }.As(IngestScenario.At(Proxy, 3_000), Peers.ServersMissing),
            new UpdateLoad { Target = Peers.RawAsync, PerSecond = 3_000, Connections = 64 }.As(IngestScenario.At(Raw, 3_000)),
        ],
        Budgets =
        [
            Budget.MaxRatio(Proxy, "CPU/request", 1.4, Raw),
            Budget.Max(Proxy, Scripts, ScriptsMax),
            Budget.Max(Durable, Scripts, ScriptsMax),
            Budget.Max(Proxy, "errors", 0),
            Budget.Max(Durable, "errors", 0),
            Budget.Max(IngestScenario.At(Proxy, 3_000), "latency p99", 1.5),
            Budget.Max(IngestScenario.At(Proxy, 3_000), "errors", 0),
        ],
    };
}

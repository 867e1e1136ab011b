using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// What a durable update costs, beside servers that promise less. What is measured has one core, the generator the other; the order of variants is
/// that of measuring, and those whose ratio is a budget stand side by side.
/// </summary>
internal static class IngestScenario
{
    private const string Proxy = "proxy";
    private const string Raw = "raw Kestrel";
    private const string NginxProxy = "nginx proxy_pass";
    private const string FastApi = "FastAPI + Redis";
    private const string Grammy = "grammY + Redis";
    private const string Telegraf = "telegraf + Redis";
    private const string Cpu = "CPU/request";
    private const string P99 = "latency p99";

    public static Scenario Make() => new()
    {
        Name = "ingest",
        Title = "An update from the webhook to the disk (200 after fdatasync), closed with 32 connections and open at three rates; server pinned to one core",
        Rounds = 5,
        Variants =
        [
            new UpdateLoad { Target = Targets.IngestAsync }.As(Proxy),
            new UpdateLoad { Target = Peers.RawAsync }.As(Raw),
            new UpdateLoad { Target = Peers.NginxProxyAsync }.As(NginxProxy, Peers.NginxMissing),
            new UpdateLoad { Target = Peers.NginxReturnAsync }.As("nginx return", Peers.NginxMissing),
            new UpdateLoad { Target = Peers.FastApiAsync }.As(FastApi, Peers.FastApiMissing),
            new UpdateLoad { Target = Peers.GrammyAsync }.As(Grammy, Peers.NodeMissing),
            new UpdateLoad { Target = Peers.TelegrafAsync }.As(Telegraf, Peers.NodeMissing),
            .. Open(1_000),
            .. Open(3_000),
            .. Open(10_000),
        ],
        Budgets =
        [
            Budget.MaxRatio(Proxy, Cpu, 1.35, Raw),
            Budget.MaxRatio(Proxy, Cpu, 1, NginxProxy),
            Budget.TimesLess(Proxy, Cpu, 6, FastApi),
            Budget.TimesLess(Proxy, Cpu, 4, Grammy),
            Budget.MaxOver(Proxy, "allocated/request", 16, Raw),
            Budget.Max(Proxy, "errors", 0),
            Budget.Max(At(Proxy, 3_000), P99, 2),
            Budget.Max(At(Proxy, 1_000), "errors", 0),
            Budget.Max(At(Proxy, 3_000), "errors", 0),
            Budget.Max(At(Proxy, 10_000), "errors", 0),
        ],
    };

    /// <summary>What a change of the hot path did: two builds in turns, with the raw peer as the measure of the machine's mood.</summary>
    public static Scenario MakeComparison() => new()
    {
        Name = "ingest-ab",
        OnlyByName = true,
        Title = "The build that EDGE_BASELINE names and the one of EDGE_BINARY (or out/edgeproxy) in turns",
        Rounds = 5,
        QuickRounds = 3,
        Variants =
        [
            new UpdateLoad { Target = Targets.BaselineAsync }.As("before", Targets.BaselineMissing),
            new UpdateLoad { Target = Targets.IngestAsync }.As("after"),
            new UpdateLoad { Target = Peers.RawAsync }.As(Raw),
            new UpdateLoad { Target = Targets.BaselineAsync, PerSecond = 3_000, Connections = 64 }.As(At("before", 3_000), Targets.BaselineMissing),
            new UpdateLoad { Target = Targets.IngestAsync, PerSecond = 3_000, Connections = 64 }.As(At("after", 3_000)),
        ],
    };

    internal static string At(string name, int perSecond) => FormattableString.Invariant($"{name} {perSecond:#,0}/s");

    private static IEnumerable<Variant> Open(int perSecond) =>
    [
        new UpdateLoad { Target = Targets.IngestAsync, PerSecond = perSecond, Connections = 64 }.As(At(Proxy, perSecond)),
        new UpdateLoad { Target = Peers.RawAsync, PerSecond = perSecond, Connections = 64 }.As(At(Raw, perSecond)),
    ];
}

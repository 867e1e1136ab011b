using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>What HTTP loads are sent to.</summary>
internal static class Targets
{
    public static async Task<HttpTarget> ProxyAsync(Arena arena)
    {
        SimulatorProcess simulator = await arena.StartSimulatorAsync();
        ChildProcess proxy = await arena.StartProxyAsync(new EdgeConfig { ApiRoot = simulator.Url });
        return new HttpTarget(proxy.EndPoint, [proxy, simulator.Process]);
    }

    /// <summary>The proxy as it takes updates, pinned; it calls nobody.</summary>
    public static Task<HttpTarget> IngestAsync(Arena arena) => IngestAsync(arena, null);

    /// <summary>The same of the build that EDGE_BASELINE names.</summary>
    public static Task<HttpTarget> BaselineAsync(Arena arena) => IngestAsync(arena, EdgeBinary.Baseline);

    public static string? BaselineMissing() => EdgeBinary.Baseline is null ? "EDGE_BASELINE names no binary" : null;

    private static async Task<HttpTarget> IngestAsync(Arena arena, string? binary)
    {
        ChildProcess proxy = await arena.StartProxyAsync(TakingUpdates(1), Cores.Server, binary);
        return new HttpTarget(proxy.EndPoint, [proxy]) { AllocatedBytes = () => EdgeMetrics.ReadAsync(proxy, EdgeMetrics.AllocatedBytes) };
    }

    /// <summary>Bots that take updates by webhook. Nothing listens at their API root, and nothing asks.</summary>
    public static EdgeConfig TakingUpdates(int bots, Uri? consumer = null) =>
        new() { ApiRoot = new Uri("http://127.0.0.1:9"), TakesUpdates = true, Bots = bots, Consumer = consumer };

    public static async Task<HttpTarget> SimulatorAsync(Arena arena)
    {
        SimulatorProcess simulator = await arena.StartSimulatorAsync();
        return new HttpTarget(simulator.Process.EndPoint, [simulator.Process]);
    }
}

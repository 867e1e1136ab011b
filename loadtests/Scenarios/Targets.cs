using System.Net.Sockets;
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

    /// <summary>The proxy as one process of a cluster, pinned, on a Redis that keeps streams in memory, as the peers do.</summary>
    public static Task<HttpTarget> IngestRedisAsync(Arena arena) => IngestRedisAsync(arena, []);

    /// <summary>The same on a Redis that answers after its fsync.</summary>
    public static Task<HttpTarget> IngestDurableRedisAsync(Arena arena) => IngestRedisAsync(arena, ["--appendonly", "yes", "--appendfsync", "always"]);

    private static async Task<HttpTarget> IngestRedisAsync(Arena arena, string[] arguments)
    {
        (ChildProcess redis, string url, string postgres) = await arena.StartServersAsync(Cores.Server, arguments);
        ChildProcess proxy = await arena.StartProxyAsync(TakingUpdates(1) with { Servers = (url, postgres) }, Cores.Server);
        return new HttpTarget(proxy.EndPoint, [proxy, redis])
        {
            AllocatedBytes = () => EdgeMetrics.ReadAsync(proxy, EdgeMetrics.AllocatedBytes),
            Scripts = () => RedisScriptsAsync(redis),
        };
    }

    /// <summary>Scripts that a Redis has run since its start.</summary>
    public static async Task<double> RedisScriptsAsync(ChildProcess redis)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(redis.EndPoint);
        await using NetworkStream stream = socket.GetStream();
        await stream.WriteAsync("INFO commandstats\r\nQUIT\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        string text = await reader.ReadToEndAsync();
        const string Mark = "cmdstat_evalsha:calls=";
        int at = text.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        return at < Mark.Length ? 0 : double.Parse(text[at..text.IndexOf(',', at)], System.Globalization.CultureInfo.InvariantCulture);
    }

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

using System.Collections.Concurrent;
using System.Text.Json;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.Tests.Postgres;

namespace EdgeProxy.LoadTests.Processes;

/// <summary>The processes and the temporary folder of one measurement. All of it is gone afterwards.</summary>
internal sealed class Arena : IAsyncDisposable
{
    private const int LogTailChars = 4_000;

    private static readonly ConcurrentDictionary<Arena, byte> Live = new();

    private readonly List<ChildProcess> _processes = [];
    private PostgresServer? _postgres;
    private DirectoryInfo? _folder;

    public Arena() => Live[this] = 0;

    /// <summary>For calls that are not measured in microseconds. Without a bound on connections: an open load must not wait for one.</summary>
    public static HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(10) };

    public string Folder => (_folder ??= Directory.CreateTempSubdirectory("edgeproxy-load-")).FullName;

    /// <summary>The end of what each process wrote.</summary>
    public string Log => string.Join('\n', _processes.Select(process => $"--- {process.Name}\n{Tail(process.Log)}"));

    /// <summary>The fake Telegram as a process of its own, with the limits of the real one and one bot.</summary>
    public async Task<SimulatorProcess> StartSimulatorAsync(bool paid = false)
    {
        int port = Ports.Free();
        string assembly = Path.Combine(AppContext.BaseDirectory, "edgeproxy-simulator.dll");
        if (!File.Exists(assembly)) throw new LoadException("no simulator beside the load tests: build EdgeProxy.sln");
        string port10 = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        ChildProcess process = Keep(new ChildProcess("simulator", port, ["dotnet", assembly, "serve", "--port", port10]));
        await process.StartAsync("/sim/stats");
        var simulator = new SimulatorProcess(process);
        await simulator.AddBotAsync(EdgeConfig.Token, paid);
        return simulator;
    }

    /// <summary>The published proxy with a data folder of its own.</summary>
    public async Task<ChildProcess> StartProxyAsync(EdgeConfig config, int? core = null, string? binary = null)
    {
        ChildProcess process = await PrepareProxyAsync(config, core, binary);
        await process.StartAsync("/readyz");
        return process;
    }

    /// <summary>The same, not started yet.</summary>
    public async Task<ChildProcess> PrepareProxyAsync(EdgeConfig config, int? core = null, string? binary = null)
    {
        string file = Path.Combine(Folder, $"edgeproxy-{config.Port}.json");
        config = config with { DataDir = Path.Combine(Folder, $"data-{config.Port}") };
        await File.WriteAllBytesAsync(file, JsonSerializer.SerializeToUtf8Bytes(config.ToSettings()));
        return Keep(new ChildProcess("proxy", config.Port, [.. Pinned(core), binary ?? await EdgeBinary.FindAsync(), "--config", file]));
    }

    /// <summary>What makes proxies a cluster: a redis-server with these arguments beside the basic ones, and an empty database.</summary>
    public async Task<(ChildProcess Redis, string RedisUrl, string Postgres)> StartServersAsync(int? core, params string[] arguments)
    {
        int port = Ports.Free();
        ChildProcess redis = await StartPeerAsync("redis", port, Peers.RedisCommand(this, port, arguments), core, readyPath: null);
        _postgres ??= new PostgresServer();
        return (redis, FormattableString.Invariant($"redis://127.0.0.1:{port}"), await _postgres.CreateDatabaseAsync());
    }

    /// <summary>Something that is compared with the proxy. Ready when its port takes connections and, with a path, answers 200 there.</summary>
    public async Task<ChildProcess> StartPeerAsync(
        string name, int port, IReadOnlyList<string> command, int? core, string? readyPath = "/ready", IReadOnlyDictionary<string, string>? environment = null)
    {
        ChildProcess process = Keep(new ChildProcess(name, port, [.. Pinned(core), .. command]) { Environment = environment });
        await process.StartAsync(readyPath);
        return process;
    }

    private static string[] Pinned(int? core) =>
        core is { } number ? ["taskset", "-c", number.ToString(System.Globalization.CultureInfo.InvariantCulture)] : [];

    /// <summary>What is left to do when the load tests themselves are stopped: no process and no folder stays behind.</summary>
    public static void EndAll()
    {
        foreach (Arena arena in Live.Keys)
        {
            lock (arena._processes) arena._processes.ForEach(process => process.Kill());
            arena._postgres?.Dispose();
            arena.DeleteFolder();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess process in Enumerable.Reverse(_processes)) await process.DisposeAsync();
        _postgres?.Dispose();
        DeleteFolder();
        Live.TryRemove(this, out _);
    }

    private void DeleteFolder()
    {
        try
        {
            _folder?.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A leftover in the temporary folder spoils no measurement.
        }
    }

    private static string Tail(string log) => log.Length <= LogTailChars ? log : log[^LogTailChars..];

    private ChildProcess Keep(ChildProcess process)
    {
        lock (_processes) _processes.Add(process);
        return process;
    }
}

using System.Diagnostics;
using System.Globalization;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.Tests.Postgres;

namespace EdgeProxy.LoadTests.Processes;

/// <summary>What the proxy is measured against. Every one answers 200 to POST /telegram/webhook/…; what it does before is in its name.</summary>
internal static class Peers
{
    /// <summary>Debian's: it has the Debian packages, which another python3 in the PATH may lack.</summary>
    private const string Python = "/usr/bin/python3";
    private const string Nginx = "/usr/sbin/nginx";
    private static readonly SemaphoreSlim Gate = new(1);

    private static string Folder => Path.Combine(EdgeBinary.FindRoot(), "loadtests", "peers");

    /// <summary>Kestrel that reads the body.</summary>
    public static async Task<HttpTarget> RawAsync(Arena arena)
    {
        ChildProcess raw = await RawAsync(arena, Cores.Server);
        return new HttpTarget(raw.EndPoint, [raw]) { AllocatedBytes = () => RawAllocatedAsync(raw) };
    }

    public static async Task<ChildProcess> RawAsync(Arena arena, int? core)
    {
        string folder = Path.Combine(Folder, "raw");
        string binary = Path.Combine(folder, "bin", "aot", "rawpeer");
        await OnceAsync(binary, Path.Combine(folder, "publish.sh"), [], folder);
        int port = Ports.Free();
        return await arena.StartPeerAsync("server", port, [binary, $"http://127.0.0.1:{port}"], core);
    }

    public static string? NginxMissing() => File.Exists(Nginx) ? null : "nginx is not installed (Debian: nginx-light)";

    /// <summary>nginx that answers by itself.</summary>
    public static async Task<HttpTarget> NginxReturnAsync(Arena arena)
    {
        ChildProcess nginx = await NginxAsync(arena, "server", "location / { return 200; }", "", Cores.Server);
        return new HttpTarget(nginx.EndPoint, [nginx]);
    }

    /// <summary>nginx in front of a second nginx, which stands for another machine and is not counted.</summary>
    public static async Task<HttpTarget> NginxProxyAsync(Arena arena)
    {
        ChildProcess backend = await NginxAsync(arena, "backend", "location / { return 200; }", "", Cores.Load);
        string upstream = $"upstream backend {{ server 127.0.0.1:{backend.EndPoint.Port}; keepalive 64; keepalive_requests 1000000000; }}";
        const string Location =
            "location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection \"\"; } location /ready { return 200; }";
        ChildProcess nginx = await NginxAsync(arena, "server", Location, upstream, Cores.Server);
        return new HttpTarget(nginx.EndPoint, [nginx, backend]);
    }

    public static string? FastApiMissing() =>
        !File.Exists(Python) || !Imports("fastapi, uvicorn, uvloop, redis")
            ? "FastAPI is not installed (Debian: python3-fastapi uvicorn python3-uvloop python3-redis)"
            : RedisMissing();

    /// <summary>uvicorn with uvloop: parse, SET NX, XADD.</summary>
    public static async Task<HttpTarget> FastApiAsync(Arena arena)
    {
        ChildProcess redis = await RedisAsync(arena);
        int port = Ports.Free();
        string[] command =
        [
            Python, "-m", "uvicorn", "--app-dir", Path.Combine(Folder, "fastapi"), "app:app", "--loop", "uvloop", "--no-access-log",
            "--log-level", "warning", "--host", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture),
        ];
        ChildProcess server = await arena.StartPeerAsync("server", port, command, Cores.Server, "/ready", RedisPort(redis));
        return new HttpTarget(server.EndPoint, [server, redis]);
    }

    public static string? NodeMissing() =>
        Found("node") && Found("npm") ? RedisMissing() : "node and npm are not installed (Debian: nodejs npm)";

    public static Task<HttpTarget> GrammyAsync(Arena arena) => NodeAsync(arena, "grammy.mjs");

    public static Task<HttpTarget> TelegrafAsync(Arena arena) => NodeAsync(arena, "telegraf.mjs");

    private static async Task<HttpTarget> NodeAsync(Arena arena, string script)
    {
        string folder = Path.Combine(Folder, "node");
        await OnceAsync(Path.Combine(folder, "node_modules", "ioredis"), "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
        ChildProcess redis = await RedisAsync(arena);
        int port = Ports.Free();
        var environment = new Dictionary<string, string>(RedisPort(redis)) { ["PEER_PORT"] = port.ToString(CultureInfo.InvariantCulture) };
        ChildProcess server = await arena.StartPeerAsync("server", port, ["node", Path.Combine(folder, script)], Cores.Server, "/ready", environment);
        return new HttpTarget(server.EndPoint, [server, redis]);
    }

    /// <summary>One process: a master would hide the worker's CPU.</summary>
    private static async Task<ChildProcess> NginxAsync(Arena arena, string name, string location, string upstream, int core)
    {
        int port = Ports.Free();
        string folder = Directory.CreateDirectory(Path.Combine(arena.Folder, $"nginx-{port}")).FullName;
        string config = $$"""
            daemon off; master_process off; pid {{folder}}/pid; error_log stderr;
            events { worker_connections 1024; }
            http {
              access_log off; keepalive_requests 1000000000; client_max_body_size 1m; client_body_buffer_size 512k;
              client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
              {{upstream}}
              server { listen 127.0.0.1:{{port}}; {{location}} }
            }
            """;
        string file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(file, config);
        return await arena.StartPeerAsync(name, port, [Nginx, "-e", "stderr", "-p", folder, "-c", file], core);
    }

    /// <summary>Redis as it comes, in memory: what it keeps, a power cut loses.</summary>
    private static async Task<ChildProcess> RedisAsync(Arena arena)
    {
        int port = Ports.Free();
        return await arena.StartPeerAsync("redis", port, RedisCommand(arena, port), Cores.Server, readyPath: null);
    }

    private static Dictionary<string, string> RedisPort(ChildProcess redis) =>
        new() { ["PEER_REDIS_PORT"] = redis.EndPoint.Port.ToString(CultureInfo.InvariantCulture) };

    public static string[] RedisCommand(Arena arena, int port, params string[] more) =>
    [
        "redis-server", "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", arena.Folder, "--save", "", .. more,
    ];

    public static string? ServersMissing() =>
        RedisMissing() ?? (PostgresServer.IsInstalled ? null : "PostgreSQL 15 is not installed (Debian: postgresql-15)");

    private static string? RedisMissing() => Found("redis-server") ? null : "Redis is not installed (Debian: redis-server)";

    private static async Task<double> RawAllocatedAsync(ChildProcess raw) =>
        double.Parse(await Arena.Http.GetStringAsync(new Uri(raw.Url, "/allocated")), CultureInfo.InvariantCulture);

    private static bool Found(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));

    private static bool Imports(string modules)
    {
        using Process? python = Process.Start(new ProcessStartInfo(Python, ["-c", "import " + modules]) { RedirectStandardError = true });
        python?.WaitForExit();
        return python?.ExitCode == 0;
    }

    /// <summary>Runs a command when what it makes is not there.</summary>
    private static async Task OnceAsync(string made, string program, string[] arguments, string folder)
    {
        await Gate.WaitAsync();
        try
        {
            if (Path.Exists(made)) return;
            Console.Error.WriteLine($"{Path.GetFileName(program)} in {Path.GetFileName(folder)} ...");
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
            using Process process = Process.Start(start) ?? throw new LoadException($"{program} did not start");
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0 || !Path.Exists(made)) throw new LoadException($"{program} failed with {process.ExitCode}\n{output}");
        }
        finally
        {
            Gate.Release();
        }
    }
}

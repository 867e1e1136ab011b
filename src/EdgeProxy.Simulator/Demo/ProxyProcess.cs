using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace EdgeProxy.Simulator.Demo;

/// <summary>The proxy as a child process with a data folder of its own, which is deleted at the end.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private const int LinesKept = 40;
    private const int SigTerm = 15;
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgeproxy-demo-");
    private readonly Queue<string> _lines = new();
    private Process? _process;

    public ProxyProcess()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Url = "http://127.0.0.1:" + ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public string Url { get; }
    public bool HasExited => _process is null || _process.HasExited;

    /// <summary>Its exit code after <see cref="StopAsync"/>; −1 when it had to be killed or never ran.</summary>
    public int ExitCode { get; private set; } = -1;

    /// <summary>
    /// The program: the path that was given, or the one that was built beside the simulator (same configuration, same TFM).
    /// </summary>
    public static string Find(string? given)
    {
        if (given is not null)
        {
            return Path.GetFullPath(given);
        }

        var own = new DirectoryInfo(AppContext.BaseDirectory);
        string source = Path.Combine(own.FullName, "..", "..", "..", "..", "EdgeProxy", "bin", own.Parent!.Name, own.Name, "edgeproxy.dll");
        return Path.GetFullPath(source);
    }

    public void Start(string program, object settings)
    {
        string config = Path.Combine(_folder.FullName, "edgeproxy.json");
        File.WriteAllBytes(config, JsonSerializer.SerializeToUtf8Bytes(settings));
        bool managed = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(managed ? "dotnet" : program)
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (managed)
        {
            start.ArgumentList.Add(program);
        }

        start.ArgumentList.Add("--config");
        start.ArgumentList.Add(config);
        foreach (string name in start.Environment.Keys.Where(IsProxySetting).ToArray())
        {
            start.Environment.Remove(name);
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("the proxy did not start");
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string DataFolder => Path.Combine(_folder.FullName, "data");

    /// <summary>The end of what it wrote.</summary>
    public string[] LastLines()
    {
        lock (_lines)
        {
            return [.. _lines];
        }
    }

    /// <summary>SIGTERM, and a kill when that does not help in time.</summary>
    public async Task StopAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        using (process)
        {
            if (!process.HasExited && !OperatingSystem.IsWindows())
            {
                _ = Kill(process.Id, SigTerm);
                using var patience = new CancellationTokenSource(StopPatience);
                try
                {
                    await process.WaitForExitAsync(patience.Token);
                }
                catch (OperationCanceledException)
                {
                    Keep("(did not stop on SIGTERM and was killed)");
                }
            }

            if (process.HasExited)
            {
                ExitCode = process.ExitCode;
                return;
            }

            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Settings of the person who runs the demo must not reach the demo's proxy.</summary>
    private static bool IsProxySetting(string name) =>
        name.StartsWith("EDGE__", StringComparison.OrdinalIgnoreCase) || name.StartsWith("TELEGRAM_", StringComparison.OrdinalIgnoreCase);

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            if (_lines.Count >= LinesKept)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int processId, int signal);
}

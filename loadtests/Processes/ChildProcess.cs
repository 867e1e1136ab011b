using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Processes;

/// <summary>A process that the load tests started, on one port of loopback. It ends with its arena at the latest.</summary>
internal sealed partial class ChildProcess(string name, int port, IReadOnlyList<string> command) : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int LogCharsMax = 100_000;
    private static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(30);

    private readonly StringBuilder _log = new();
    private Process? _process;

    /// <summary>In the report.</summary>
    public string Name => name;
    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, port);
    public Uri Url { get; } = new($"http://127.0.0.1:{port}");
    public ProcessUse Use => ProcessUse.Of(_process!.Id);
    public bool HasExited => _process is null || _process.HasExited;

    /// <summary>The end of what it wrote.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>Added to the environment of the load tests.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Starts it and returns when <paramref name="readyPath"/> answers 200; without a path, when the port takes connections.</summary>
    public async Task StartAsync(string? readyPath)
    {
        Launch();
        long started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(readyPath))
        {
            if (HasExited) throw new LoadException($"{name} ended by itself\n{Log}");
            if (Stopwatch.GetElapsedTime(started) > ReadyBound) throw new LoadException($"{name} is not ready after {ReadyBound}\n{Log}");
            await Task.Delay(10);
        }
    }

    /// <summary>Starts it and does not wait.</summary>
    public void Launch()
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in command.Skip(1)) start.ArgumentList.Add(argument);

        // Settings of whoever runs the load tests must not reach the proxy under test.
        foreach (string variable in start.Environment.Keys.Where(IsProxySetting).ToArray()) start.Environment.Remove(variable);
        foreach ((string variable, string value) in Environment ?? new Dictionary<string, string>()) start.Environment[variable] = value;
        _process?.Dispose();
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>SIGTERM, and SIGKILL when that does not help within 30 s. Returns whether it stopped by itself.</summary>
    public async Task<bool> StopAsync()
    {
        if (HasExited) return true;
        _ = SendSignal(_process!.Id, SigTerm);
        using var late = new CancellationTokenSource(StopBound);
        try
        {
            await _process.WaitForExitAsync(late.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            return false;
        }
    }

    public void Kill()
    {
        if (HasExited) return;
        _process!.Kill();
        _process.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
    }

    private static bool IsProxySetting(string name) =>
        name.StartsWith("EDGE__", StringComparison.OrdinalIgnoreCase) || name.StartsWith("TELEGRAM_", StringComparison.OrdinalIgnoreCase);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    private async Task<bool> AnswersAsync(string? path)
    {
        try
        {
            if (path is null)
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(EndPoint);
                return true;
            }

            using HttpResponseMessage reply = await Arena.Http.GetAsync(new Uri(Url, path));
            return (int)reply.StatusCode == 200;
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_log)
        {
            _log.AppendLine(line);
            if (_log.Length > LogCharsMax) _log.Remove(0, LogCharsMax / 2);
        }
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>The published binary on one data folder and one port: it can be killed, stopped and started again.</summary>
internal sealed partial class ProxyProcess(ProxyConfig config, string configPath) : IDisposable
{
    private const int SigTerm = 15;
    private const int SigContinue = 18;
    private const int SigStop = 19;
    private static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(20);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly StringBuilder _log = new();
    private Process? _process;

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    public string ConfigPath => configPath;

    public Uri BaseAddress { get; } = new($"http://127.0.0.1:{config.Port}");

    public bool HasExited => _process is null || _process.HasExited;

    /// <summary>A proxy whose configuration and data live in <paramref name="folder"/>.</summary>
    public static ProxyProcess In(TempFolder folder, ProxyConfig config)
    {
        var path = Path.Combine(folder.Path, $"edgeproxy-{config.Port}.json");
        File.WriteAllText(path, config.ToJson());
        return new ProxyProcess(config, path);
    }

    /// <summary>Starts the binary, by way of <paramref name="prefix"/> if given, and returns when /readyz says 200.</summary>
    public async Task StartAsync(params string[] prefix)
    {
        Launch(prefix);
        await ReadyAsync();
    }

    public Task ReadyAsync() => UntilAsync("/readyz", 200, ReadyBound);

    public void Launch(params string[] prefix)
    {
        Assert.True(HasExited, "the proxy runs already");
        string[] command = prefix.Length > 0 ? [.. prefix, "--config", configPath] : [Binary.Path, "--config", configPath];
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.AsSpan(1))
            start.ArgumentList.Add(argument);
        _process?.Dispose();
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Polls <paramref name="path"/> until it answers <paramref name="status"/>; fails, with the log, when it does not in time.</summary>
    public async Task UntilAsync(string path, int status, TimeSpan bound)
    {
        var started = Stopwatch.GetTimestamp();
        var last = 0;
        while (Stopwatch.GetElapsedTime(started) < bound)
        {
            Assert.False(HasExited, $"the proxy ended by itself\n{Log}");
            last = await StatusAsync(path);
            if (last == status)
                return;
            await Task.Delay(10);
        }

        Assert.Fail($"{path} answered {last}, not {status}, for {bound}\n{Log}");
    }

    /// <summary>The status of a GET; 0 when nobody answers.</summary>
    public async Task<int> StatusAsync(string path)
    {
        try
        {
            using var reply = await Http.GetAsync(new Uri(BaseAddress, path));
            return (int)reply.StatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or SocketException)
        {
            return 0;
        }
        catch (TaskCanceledException)
        {
            return 0;
        }
    }

    /// <summary>The sum of one metric over all its labels.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await Http.GetStringAsync(new Uri(BaseAddress, "/metrics"));
        var sum = 0.0;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
                sum += double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        }

        return sum;
    }

    /// <summary>The most memory that was ever resident, bytes (VmHWM of proc(5)).</summary>
    public long PeakResidentBytes()
    {
        var line = File.ReadLines($"/proc/{_process!.Id}/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>SIGKILL: what a power cut leaves of the process. The page cache stays.</summary>
    public void Kill()
    {
        Assert.NotNull(_process);
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGSTOP: it stands still, its connections stay, and it does not know.</summary>
    public void Pause() => Assert.Equal(0, SendSignal(_process!.Id, SigStop));

    public void Continue() => Assert.Equal(0, SendSignal(_process!.Id, SigContinue));

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync(TimeSpan bound)
    {
        Assert.NotNull(_process);
        Assert.Equal(0, SendSignal(_process.Id, SigTerm));
        return await ExitAsync(bound);
    }

    /// <summary>Waits for the process to end; the exit code.</summary>
    public async Task<int> ExitAsync(TimeSpan bound)
    {
        Assert.NotNull(_process);
        using var late = new CancellationTokenSource(bound);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the proxy did not end within {bound}\n{Log}");
        }

        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!HasExited)
            Kill();
        _process?.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);

    private void Append(string? line)
    {
        if (line is null)
            return;
        lock (_log)
        {
            _log.AppendLine(line);
            // The end says what went wrong; a proxy that repeats itself must not fill the memory of the tests.
            if (_log.Length > 200_000)
                _log.Remove(0, 100_000);
        }
    }
}

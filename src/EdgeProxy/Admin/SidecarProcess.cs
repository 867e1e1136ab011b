using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Starts the MTProto process and keeps it running: what it logs is passed on; when it ends it is started again, with back-off; at our stop it
/// gets SIGTERM, and is killed when it does not go.
/// </summary>
internal sealed partial class SidecarProcess(SidecarCommand command, TimeProvider time, ILogger logger)
{
    private const int Terminate = 15;

    /// <summary>What the child may see of our environment. The rest holds tokens that are none of its business.</summary>
    private static readonly string[] Variables = ["PATH", "HOME", "TZ", "LANG", "NODE_EXTRA_CA_CERTS", "MTPROTO_KEY", "MTPROTO_API_ID", "MTPROTO_API_HASH"];

    private readonly CancellationTokenSource _stop = new();
    private readonly SidecarLog _log = new(logger);
    private Task _loop = Task.CompletedTask;
    private volatile string? _fault = "it was not started yet";

    /// <summary>Why it does not run, for the operator; null while it runs.</summary>
    public string? Fault => _fault;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Ends the process. Bounded by <see cref="Limits.SidecarStopS"/>.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    private async Task RunAsync()
    {
        var random = new Random();
        int failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            long started = time.GetTimestamp();
            string ended = await RunOnceAsync();
            if (_stop.IsCancellationRequested) return;
            failures = time.GetElapsedTime(started).TotalMilliseconds >= Limits.SidecarSteadyMs ? 1 : failures + 1;
            long delayMs = RetrySchedule.DelayMs(failures, 0, random);
            _fault = ended;
            LogEnded(logger, ended, delayMs);
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(delayMs), time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Runs it to its end and says how that came.</summary>
    private async Task<string> RunOnceAsync()
    {
        Process? process;
        try
        {
            process = Process.Start(StartInfo());
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException)
        {
            return $"it cannot be started: {error.Message}";
        }

        if (process is null) return "it cannot be started";
        using (process)
        {
            _fault = null;
            AdminMetrics.Started();
            LogStarted(logger, process.Id);
            Task logs = _log.PumpAsync(process.StandardError);
            using (_stop.Token.Register(() => Signal(process))) await WaitAsync(process);
            await logs;
            return process.ExitCode switch
            {
                2 => "its options are wrong (exit code 2); the log says which",
                3 => "its state folder does not open (exit code 3): another process holds it, or the key is another",
                int code => $"it ended with exit code {code}",
            };
        }
    }

    private async Task WaitAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync(_stop.Token);
            return;
        }
        catch (OperationCanceledException)
        {
            // It has had its SIGTERM.
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(Limits.SidecarStopS), time);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            LogKilled(logger, process.Id);
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private ProcessStartInfo StartInfo()
    {
        var info = new ProcessStartInfo(command.Node)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        info.ArgumentList.Add(command.Bundle);
        // An edge that was killed must not leave behind a process that holds the sessions' folder: its standard input is a pipe of ours, which the
        // kernel closes with us.
        info.ArgumentList.Add("--stop-with-stdin");
        foreach (string word in command.Words) info.ArgumentList.Add(word);
        foreach (string name in info.Environment.Keys.Where(name => !Variables.Contains(name)).ToList()) info.Environment.Remove(name);
        return info;
    }

    private static void Signal(Process process)
    {
        // The process has not been waited for to its end, so its id is still its own.
        if (!process.HasExited) _ = Kill(process.Id, Terminate);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    [LoggerMessage(Level = LogLevel.Information, Message = "MTProto process started, pid {Pid}")]
    private static partial void LogStarted(ILogger logger, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "MTProto process: {Reason}; started again in {DelayMs} ms")]
    private static partial void LogEnded(ILogger logger, string reason, long delayMs);

    [LoggerMessage(Level = LogLevel.Warning, Message = "MTProto process {Pid} did not end in time and was killed")]
    private static partial void LogKilled(ILogger logger, int pid);
}

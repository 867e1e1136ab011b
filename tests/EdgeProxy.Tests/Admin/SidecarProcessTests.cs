using System.Collections.Concurrent;
using EdgeProxy.Admin;
using EdgeProxy.Tests.Outbox;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Admin;

/// <summary>The supervisor before a real process: a shell script in place of the bundle.</summary>
public sealed class SidecarProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-process").FullName;
    private readonly Lines _lines = new();

    [Fact]
    public async Task It_is_started_again_when_it_ends_and_stopped_with_SIGTERM()
    {
        SidecarProcess process = Of("""
            echo '{"ts":"x","level":"warn","msg":"listening","on":"unix:x"}' >&2
            echo started >> "$0.log"
            test -f "$0.second" || { touch "$0.second"; exit 1; }
            trap 'echo stopped >> "$0.log"; exit 0' TERM
            while :; do sleep 0.05; done
            """);
        process.Start();
        Assert.True(await Eventually.TrueAsync(() => LogOf().Count(line => line == "started") == 2 && process.Fault is null));
        Assert.Contains(_lines, line => line == "Warning mtproto: listening on=unix:x");
        Assert.Contains(_lines, line => line.Contains("exit code 1", StringComparison.Ordinal));
        await process.StopAsync();
        Assert.Equal("stopped", LogOf().Last());
    }

    [Fact]
    public async Task It_sees_nothing_of_our_environment_that_is_not_its_own()
    {
        Environment.SetEnvironmentVariable("EDGE_TEST_TOKEN", "42:secret");
        try
        {
            SidecarProcess process = Of("""env > "$0.log"; sleep 60 & wait""");
            process.Start();
            Assert.True(await Eventually.TrueAsync(() => LogOf().Any(line => line.StartsWith("PATH=", StringComparison.Ordinal))));
            Assert.DoesNotContain(LogOf(), line => line.Contains("42:secret", StringComparison.Ordinal));
            await process.StopAsync();
        }
        finally
        {
            Environment.SetEnvironmentVariable("EDGE_TEST_TOKEN", null);
        }
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told()
    {
        var process = new SidecarProcess(new SidecarCommand(Path.Combine(_folder, "none"), "x", []), TimeProvider.System, _lines);
        process.Start();
        Assert.True(await Eventually.TrueAsync(() => process.Fault?.Contains("cannot be started", StringComparison.Ordinal) == true));
        await process.StopAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private SidecarProcess Of(string script)
    {
        File.WriteAllText(Script, script);
        return new SidecarProcess(new SidecarCommand("/bin/sh", Script, []), TimeProvider.System, _lines);
    }

    private string Script => Path.Combine(_folder, "bundle.sh");

    private string[] LogOf() => File.Exists(Script + ".log") ? File.ReadAllLines(Script + ".log") : [];

    private sealed class Lines : ConcurrentQueue<string>, ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Enqueue($"{logLevel} {formatter(state, exception)}");
    }
}

using System.Diagnostics;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Load;

/// <summary>A stream of webhook updates from the light generator (<see cref="Blast"/>), declared like data.</summary>
internal sealed record UpdateLoad
{
    /// <summary>Starts the target in the round's arena; its first process is the one whose cost counts.</summary>
    public required Func<Arena, Task<HttpTarget>> Target { get; init; }

    /// <summary>Updates a second; 0 for a closed load.</summary>
    public double PerSecond { get; init; }
    public int Connections { get; init; } = 32;
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);
    public TimeSpan QuickDuration { get; init; } = TimeSpan.FromSeconds(2.5);
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>The core of the generator; null for any.</summary>
    public int? Core { get; init; } = Cores.Load;

    public Variant As(string name, Func<string?>? missing = null) => new(name, MeasureAsync) { Missing = missing ?? (() => null) };

    private async Task MeasureAsync(Round round)
    {
        HttpTarget target = await Target(round.Arena);
        using var load = new Blast(target.EndPoint, UpdateTape.Mix(), Connections, Core);
        await load.RunAsync(PerSecond, WarmUp);
        double allocatedBefore = target.AllocatedBytes is { } bytesBefore ? await bytesBefore() : 0;
        double scriptsBefore = target.Scripts is { } scriptsOf ? await scriptsOf() : 0;
        ProcessUse[] before = [.. target.Processes.Select(process => process.Use)];
        ProcessUse ownBefore = ProcessUse.Of(Environment.ProcessId);
        long started = Stopwatch.GetTimestamp();
        Tally tally = await load.RunAsync(PerSecond, round.Quick ? QuickDuration : Duration);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        ProcessUse ownAfter = ProcessUse.Of(Environment.ProcessId);
        ProcessUse[] after = [.. target.Processes.Select(process => process.Use)];
        long count = Math.Max(1, tally.Ok);
        round.Add("CPU/request", (after[0].CpuUs - before[0].CpuUs) / (double)count, "µs");
        round.Add("rate", tally.Ok / seconds, "/s");
        round.Add("errors", tally.Errors);
        round.Add("latency", tally.Latency);
        if (target.AllocatedBytes is { } bytes) round.Add("allocated/request", (await bytes() - allocatedBefore) / count, "B");
        if (target.Scripts is { } scripts) round.Add("Redis scripts/request", (await scripts() - scriptsBefore) / count);
        round.Add("RSS", after[0].RssBytes / 1e6, "MB");
        for (int index = 1; index < after.Length; index++)
        {
            round.Add($"{target.Processes[index].Name} CPU/request", (after[index].CpuUs - before[index].CpuUs) / (double)count, "µs");
        }

        round.Add("generator CPU/request", (ownAfter.CpuUs - ownBefore.CpuUs) / (double)count, "µs");
        if (tally.FirstError is { } error) round.Note("first error: " + error);
    }
}

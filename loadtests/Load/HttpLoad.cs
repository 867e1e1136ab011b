using System.Diagnostics;
using System.Threading.Channels;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Load;

/// <summary>
/// A stream of HTTP requests. With a rate it is an open load: requests are due at a constant rate and latency counts from the moment each was due,
/// also while it still waits for a connection. Without one it is closed: every connection sends again as soon as it has its answer.
/// </summary>
internal sealed record HttpLoad
{
    /// <summary>Starts the target in the round's arena.</summary>
    public required Func<Arena, Task<HttpTarget>> Target { get; init; }

    /// <summary>The whole request as bytes, by its number.</summary>
    public required Func<long, ReadOnlyMemory<byte>> Request { get; init; }

    /// <summary>Requests a second; 0 for a closed load.</summary>
    public double PerSecond { get; init; }
    public int Connections { get; init; } = 64;
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan QuickDuration { get; init; } = TimeSpan.FromSeconds(4);
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The status that counts as success.</summary>
    public int Status { get; init; } = 200;

    /// <summary>The load as a variant of a scenario.</summary>
    public Variant As(string name) => new(name, MeasureAsync);

    private async Task MeasureAsync(Round round)
    {
        HttpTarget target = await Target(round.Arena);
        long sent = 0;
        await RunAsync(target, WarmUp, new Tally(), () => Interlocked.Increment(ref sent) - 1);
        var tally = new Tally();
        ProcessUse[] before = [.. target.Processes.Select(process => process.Use)];
        ProcessUse ownBefore = ProcessUse.Of(Environment.ProcessId);
        long started = Stopwatch.GetTimestamp();
        await RunAsync(target, round.Quick ? QuickDuration : Duration, tally, () => Interlocked.Increment(ref sent) - 1);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        ProcessUse ownAfter = ProcessUse.Of(Environment.ProcessId);
        round.Add("rate", tally.Ok / seconds, "/s");
        round.Add("errors", tally.Errors);
        round.Add("latency", tally.Latency);
        for (int index = 0; index < before.Length; index++)
        {
            round.Add(target.Processes[index].Name, before[index], target.Processes[index].Use, tally.Ok);
        }

        round.Add("generator CPU/request", (ownAfter.CpuUs - ownBefore.CpuUs) / (double)Math.Max(1, tally.Ok), "µs");
        if (tally.FirstError is { } error) round.Note("first error: " + error);
    }

    private async Task RunAsync(HttpTarget target, TimeSpan duration, Tally tally, Func<long> next)
    {
        if (PerSecond > 0)
        {
            ChannelReader<long> due = Pacer.Start(PerSecond, duration);
            await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => OpenAsync(target, due, tally, next))));
            return;
        }

        long until = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => ClosedAsync(target, until, tally, next))));
    }

    private async Task OpenAsync(HttpTarget target, ChannelReader<long> due, Tally tally, Func<long> next)
    {
        using var wire = new HttpWire(target.EndPoint);
        await foreach (long intended in due.ReadAllAsync()) tally.Count(await wire.SendAsync(Request(next())), Status, intended);
    }

    private async Task ClosedAsync(HttpTarget target, long until, Tally tally, Func<long> next)
    {
        using var wire = new HttpWire(target.EndPoint);
        for (long now = Stopwatch.GetTimestamp(); now < until; now = Stopwatch.GetTimestamp())
        {
            tally.Count(await wire.SendAsync(Request(next())), Status, now);
        }
    }
}

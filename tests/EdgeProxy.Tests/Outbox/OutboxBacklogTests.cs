using System.Diagnostics;
using EdgeProxy.Outbox;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>A large backlog lies on disk, not in memory, and is entered without being read. Times are printed, not asserted.</summary>
[Collection(AloneInProcess.Name)]
public sealed class OutboxBacklogTests(ITestOutputHelper output)
{
    private const int Messages = 200_000;
    private const int Burst = 4_000;
    private const long KeptBytesMax = 24 << 20;

    [Fact]
    public async Task Two_hundred_thousand_messages_are_no_objects_and_are_found_at_once()
    {
        await using SqliteRig rig = new();
        long before = GC.GetTotalMemory(true);
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        for (int i = 0; i < Messages; i += Burst)
        {
            Acceptance[] all = await Task.WhenAll(Enumerable.Range(i, Burst).Select(j => rig.Store.AcceptAsync(rig.Message(1 + (j * 7919L % 50_000)))));
            Assert.All(all, one => Assert.Equal(AcceptOutcome.Accepted, one.Outcome));
        }

        double acceptUs = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / Messages;
        long kept = GC.GetTotalMemory(true) - before;
        Assert.True(kept < KeptBytesMax, $"{kept} bytes stay in memory");

        await rig.ReopenAsync();
        long started = Stopwatch.GetTimestamp();
        long epoch = await rig.Store.BeginAsync();
        Assert.Equal([rig.Queue()], await rig.Store.QueuesAsync());
        PendingPage page = await rig.Store.NextAsync(new PendingQuery(rig.Queue(), long.MinValue, new HashSet<long>(), 500, 1 << 20));
        TimeSpan firstPage = Stopwatch.GetElapsedTime(started);
        Assert.Equal(500, page.Messages.Count);
        Assert.Equal(500, page.Messages.Select(message => message.Lane).Distinct().Count());

        cpu = Process.GetCurrentProcess().TotalProcessorTime;
        await Task.WhenAll(page.Messages.Select(message => rig.SendAsync(message.Id, epoch)));
        double sendUs = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / page.Messages.Count;
        output.WriteLine(
            $"accept {acceptUs:F1} µs CPU each; {kept >> 10} KiB stay; first page {firstPage.TotalMilliseconds:F0} ms; mark and finish {sendUs:F1} µs CPU");
    }
}

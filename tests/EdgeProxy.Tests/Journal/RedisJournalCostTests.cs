using System.Diagnostics;
using EdgeProxy.Journal;
using EdgeProxy.Redis;
using EdgeProxy.Tests.Redis;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.Journal;

/// <summary>What an append costs. Alone in the process while it runs, because it looks at what the whole process allocates.</summary>
[Collection(AloneInProcess.Name)]
public sealed class RedisJournalCostTests(ITestOutputHelper output)
{
    private const int Callers = 16;
    private const int Warm = 10_000;
    private const int Measured = 40_000;

    [Fact]
    public async Task An_append_allocates_nothing_and_is_one_command()
    {
        // Without a log: the disk is not what is measured.
        using var server = new RedisServer();
        await using RedisJournal journal = RedisJournalRig.On(server.Url);
        await using RedisClient admin = RedisRig.Client(server.Url);
        byte[] body = JournalFolder.Body(0, 1_400);
        await TogetherAsync(journal, body, 0, Warm);
        long callsBefore = await CallsAsync(admin);
        using var self = Process.GetCurrentProcess();
        (TimeSpan own, TimeSpan servers, long start) = (self.TotalProcessorTime, server.Cpu(), Stopwatch.GetTimestamp());
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await TogetherAsync(journal, body, Warm, Measured);
        double bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Measured;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        self.Refresh();
        output.WriteLine($"{bytes:F2} bytes, {(self.TotalProcessorTime - own).TotalMicroseconds / Measured:F1} µs CPU an append, "
            + $"server {(server.Cpu() - servers).TotalMicroseconds / Measured:F1} µs, {Measured / seconds:F0}/s");

        // The smallest object has 24 bytes; the watch and the runtime make a few meanwhile.
        Assert.True(bytes < 8, $"{bytes:F2} bytes an append");
        Assert.Equal(Measured, await CallsAsync(admin) - callsBefore);
    }

    [Fact]
    public async Task A_record_that_is_read_allocates_next_to_nothing()
    {
        using var server = new RedisServer();
        await using RedisJournal journal = RedisJournalRig.On(server.Url, settings => settings with { Partitions = 1 });
        byte[] body = JournalFolder.Body(0, 1_400);
        await TogetherAsync(journal, body, 0, Measured);
        await using RedisPartition log = await RedisJournalRig.OpenAsync(journal, 0);
        using IJournalReader reader = log.OpenReader(0);
        await DrainAsync(reader, Warm);
        (long before, long start) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        await DrainAsync(reader, Measured - Warm);
        double bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(Measured - Warm);
        output.WriteLine($"from behind: {bytes:F1} bytes a record, {(Measured - Warm) / Stopwatch.GetElapsedTime(start).TotalSeconds:F0}/s");

        // A page of some forty records costs a task and a few small objects; a record none.
        Assert.True(bytes < 100, $"{bytes:F1} bytes a record");

        using IJournalReader tip = log.OpenReader(log.Tail);
        await TogetherAsync(journal, body, Measured, Warm);
        await DrainAsync(tip, Warm);
        (before, start) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        Task appends = TogetherAsync(journal, body, Measured + Warm, Measured);
        await DrainAsync(tip, Measured);
        await appends;
        bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Measured;
        output.WriteLine($"at the end, with the appends: {bytes:F1} bytes a record, {Measured / Stopwatch.GetElapsedTime(start).TotalSeconds:F0}/s");
        Assert.True(bytes < 100, $"{bytes:F1} bytes a record");
    }

    private static async Task DrainAsync(IJournalReader reader, int count)
    {
        while (count > 0)
        {
            if (reader.TryReadNext(out _)) count--;
            else await reader.WaitForMoreAsync(CancellationToken.None);
        }
    }

    private static Task TogetherAsync(RedisJournal journal, byte[] body, int from, int count) => Task.WhenAll(Enumerable.Range(0, Callers).Select(
        caller => Task.Run(async () =>
        {
            for (int id = from + caller; id < from + count; id += Callers)
            {
                if (await journal.AppendAsync(1, RedisJournalRig.Envelope(id, id % 100), body) != AppendOutcome.Appended)
                    throw new InvalidOperationException("not appended");
            }
        })));

    /// <summary>Scripts the server has run that append.</summary>
    private static async Task<long> CallsAsync(RedisClient admin)
    {
        string text = (await RedisRig.AskAsync(admin, "INFO", "commandstats")).Text;
        string line = text.Split('\n').First(one => one.StartsWith("cmdstat_setbit:"));
        return long.Parse(line.Split("calls=")[1].Split(',')[0]);
    }
}

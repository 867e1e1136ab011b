using EdgeProxy.Journal;

namespace EdgeProxy.Tests.Journal;

/// <summary>Counts the whole process's allocations, so nothing else may run beside it.</summary>
[Collection(nameof(JournalAllocationTests))]
[CollectionDefinition(nameof(JournalAllocationTests), DisableParallelization = true)]
public sealed class JournalAllocationTests
{
    [Fact]
    public async Task An_append_allocates_nothing_in_steady_state()
    {
        using var folder = new JournalFolder { SegmentBytes = 64 * 1024 * 1024 };
        await using var journal = folder.Open();
        var body = JournalFolder.Body(0, 600);
        // Ids go up by one: the dedupe window stays one interval.
        await Task.Run(() => AppendMany(journal, body, 0, 5_000));
        var least = double.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await Task.Run(() => AppendMany(journal, body, 5_000 + (round * 20_000), 20_000));
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / 20_000.0);
        }

        // The smallest object is 24 bytes, so one allocation an append cannot hide below 16 in any round; the test host's own threads can use up the rest.
        Assert.True(least < 16, $"{least:F1} bytes per append");
    }

    private static async Task AppendMany(SegmentJournal journal, byte[] body, int from, int count)
    {
        for (var id = from; id < from + count; id++)
            await journal.AppendAsync(1, JournalFolder.Envelope(id), body);
    }
}

using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Journal;

/// <summary>What happens to a whole batch: its write fails in the middle, or too much waits for it.</summary>
public sealed class JournalBatchTests
{
    private const int SegmentBytes = 1024 * 1024;

    [RootFact]
    public async Task A_write_that_fails_inside_a_batch_refuses_all_of_it_and_remembers_nothing()
    {
        const int before = 10;
        const int inBatch = 40;
        using var folder = new JournalFolder();
        using var mount = new Tmpfs(folder.Path, "3m");
        var ballast = Path.Combine(folder.Path, "ballast");
        var time = new GatedTime();
        await using (var journal = Open(folder, time))
        {
            for (var id = 0; id < before; id++)
                Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, id, 3000));
            // The preallocated file loses its blocks some pages behind the tail, and nothing is left to give them back: a real ENOSPC.
            var hole = (journal.Tail / 4096 + 4) * 4096;
            Assert.Null(Tmpfs.Run("fallocate", "--punch-hole", "--offset", $"{hole}", "--length", $"{SegmentBytes - hole}", folder.ActiveSegment()));
            FillDisk(ballast);

            using var gate = time.Close();
            journal.ReleaseBefore(journal.Tail);
            var first = JournalFolder.Append(journal, before, 3000).AsTask();
            await time.WriterWaits();
            Task<AppendOutcome>[] batch =
            [
                first,
                .. Enumerable.Range(before + 1, inBatch - 1).Select(id => JournalFolder.Append(journal, id, 3000).AsTask()),
                JournalFolder.Append(journal, before + 1, 3000).AsTask(),
                JournalFolder.Append(journal, 0, 3000).AsTask(),
            ];
            time.Open();
            var outcomes = await Task.WhenAll(batch).WaitAsync(TimeSpan.FromSeconds(60));
            Assert.All(outcomes[..^1], o => Assert.Equal(AppendOutcome.DiskFailed, o));
            Assert.Equal(AppendOutcome.Duplicate, outcomes[^1]);
            Assert.Contains("No space left", journal.Snapshot().Fault, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(before, JournalFolder.Read(journal).Count);

            File.Delete(ballast);
            for (var i = 0; i < 1_200 && journal.Snapshot().Fault is not null; i++)
                await Task.Delay(50);
            for (var id = before; id < before + inBatch; id++)
            {
                Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, id, 3000));
                Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(journal, id, 3000));
            }
            Assert.Equal(Enumerable.Range(0, before + inBatch).Select(i => (long)i), JournalFolder.Read(journal));
        }
        foreach (var withSnapshots in new[] { true, false })
        {
            if (!withSnapshots)
                folder.DeleteSnapshots();
            await using var next = Open(folder, time);
            Assert.Equal(Enumerable.Range(0, before + inBatch).Select(i => (long)i), JournalFolder.Read(next));
            for (var id = 0; id < before + inBatch; id++)
                Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(next, id, 3000));
            Assert.Equal(0, next.Snapshot().CorruptRecords);
        }
    }

    [Theory]
    [InlineData(0, Limits.JournalQueueRecordsMax)]
    [InlineData(Limits.UpdateBytesMax, Limits.JournalQueueBytesMax / Limits.UpdateBytesMax)]
    public async Task One_more_than_may_wait_is_refused_and_the_rest_is_stored(int bytes, int fit)
    {
        using var folder = new JournalFolder();
        var time = new GatedTime();
        await using var journal = Open(folder, time);
        Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, -1));
        using var gate = time.Close();
        journal.ReleaseBefore(journal.Tail);
        var waiting = new List<Task<AppendOutcome>> { JournalFolder.Append(journal, 0, bytes).AsTask() };
        await time.WriterWaits();
        for (var id = 1; id < fit; id++)
            waiting.Add(JournalFolder.Append(journal, id, bytes).AsTask());
        for (var i = 0; i < 3; i++)
            Assert.Equal(AppendOutcome.Full, await JournalFolder.Append(journal, fit, bytes).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        Assert.Equal(fit, journal.Snapshot().QueueDepth);

        time.Open();
        Assert.All(await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(60)), o => Assert.Equal(AppendOutcome.Appended, o));
        Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, fit, bytes));
        Assert.Equal(Enumerable.Range(-1, fit + 2).Select(i => (long)i), JournalFolder.Read(journal));
    }

    private static SegmentJournal Open(JournalFolder folder, TimeProvider time) => SegmentJournal.Open(
        new JournalSettings(folder.Path) { SegmentBytes = SegmentBytes }, time, NullLogger.Instance);

    private static void FillDisk(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var page = new byte[4096];
        Assert.ThrowsAny<IOException>(() =>
        {
            for (var i = 0; i < 4096; i++)
                file.Write(page);
        });
    }
}

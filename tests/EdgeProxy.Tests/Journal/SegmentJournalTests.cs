using EdgeProxy.Journal;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Journal;

public sealed class SegmentJournalTests
{
    [Fact]
    public async Task What_goes_in_comes_out_byte_for_byte_and_in_order()
    {
        using var folder = new JournalFolder { SegmentBytes = 2 * 1024 * 1024 };
        await using var journal = folder.Open();
        var sizes = new[] { 0, 1000, 4096, 512 * 1024, 77 };
        for (var i = 0; i < sizes.Length; i++)
            Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, i, sizes[i]));
        Assert.Equal([0, 1, 2, 3, 4], JournalFolder.Read(journal));

        using var reader = journal.OpenReader(0);
        Assert.True(reader.TryReadNext(out var first));
        Assert.Equal(JournalFolder.Envelope(0), first.Envelope);
        Assert.Equal(folder.Time.Now.ToUnixTimeMilliseconds(), first.ReceivedUnixMs);
        Assert.True(reader.TryReadNext(out var second));
        Assert.Equal(RecordLook.Found, reader.LookAt(first.Position, out var again));
        Assert.Equal(0, again.Envelope.UpdateId);
        Assert.Equal(second.NextPosition, reader.Position);
        Assert.Equal(RecordLook.Gone, reader.LookAt(first.Position + 8, out _));
    }

    [Fact]
    public async Task Concurrent_duplicates_are_stored_once()
    {
        using var folder = new JournalFolder();
        await using var journal = folder.Open();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var appended = 0;
            for (var id = 0; id < 200; id++)
                appended += await JournalFolder.Append(journal, id) is AppendOutcome.Appended ? 1 : 0;
            return appended;
        })));
        Assert.Equal(200, outcomes.Sum());
        var ids = JournalFolder.Read(journal);
        Assert.Equal(200, ids.Count);
        Assert.Equal(200, ids.Distinct().Count());
    }

    [Fact]
    public async Task A_restart_keeps_records_and_memory()
    {
        using var folder = new JournalFolder { SegmentBytes = 32 * 1024 };
        await using (var journal = folder.Open())
        {
            for (var id = 0; id < 300; id++)
                await JournalFolder.Append(journal, id, 900);
        }
        foreach (var withSnapshots in new[] { true, false })
        {
            if (!withSnapshots)
                folder.DeleteSnapshots();
            await using var journal = folder.Open();
            Assert.Equal(Enumerable.Range(0, 300).Select(i => (long)i), JournalFolder.Read(journal));
            Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(journal, 0));
            Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(journal, 299));
            Assert.True(withSnapshots ? journal.ScannedAtStart == 1 : journal.ScannedAtStart > 5);
            Assert.Equal(0, journal.Snapshot().CorruptRecords);
        }
    }

    [Fact]
    public async Task A_new_folder_begins_with_a_small_segment_and_goes_on_in_full_ones()
    {
        const int Records = 40;
        using var folder = new JournalFolder { SegmentBytes = 2 * Limits.JournalFirstSegmentBytes };
        await using (var journal = folder.Open())
        {
            Assert.Equal(Limits.JournalFirstSegmentBytes, Assert.Single(journal.Segments).Capacity);
            for (var id = 0; id < Records; id++)
                await JournalFolder.Append(journal, id, 400_000);
            Assert.Equal([Limits.JournalFirstSegmentBytes, folder.SegmentBytes], journal.Segments.Select(segment => segment.Capacity));
            Assert.Equal(Records, JournalFolder.Read(journal).Count);
        }
        await using var again = folder.Open();
        Assert.Equal(Enumerable.Range(0, Records).Select(id => (long)id), JournalFolder.Read(again));
        Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(again, 0));
    }

    [Fact]
    public async Task A_stop_leaves_no_prepared_segment_behind()
    {
        using var folder = new JournalFolder { SegmentBytes = 1024 * 1024 };
        await using (var journal = folder.Open())
        {
            await JournalFolder.Append(journal, 0, 400_000);
            await JournalFolder.Append(journal, 1, 200_000);
        }
        Assert.Single(Directory.GetFiles(folder.Path, "*.seg"));
        await using var again = folder.Open();
        Assert.Equal([0, 1], JournalFolder.Read(again));
    }

    [Fact]
    public async Task A_waiting_reader_is_woken_and_can_be_cancelled()
    {
        using var folder = new JournalFolder();
        await using var journal = folder.Open();
        using var reader = journal.OpenReader(0);
        for (var id = 0; id < 50; id++)
        {
            var wait = reader.WaitForMoreAsync(CancellationToken.None).AsTask();
            await JournalFolder.Append(journal, id);
            await wait.WaitAsync(TimeSpan.FromSeconds(60));
            Assert.True(reader.TryReadNext(out _));
        }
        using var cancel = new CancellationTokenSource();
        var pending = reader.WaitForMoreAsync(cancel.Token).AsTask();
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
    }

    [Fact]
    public async Task A_locked_folder_is_refused_by_name()
    {
        using var folder = new JournalFolder();
        await using var journal = folder.Open();
        var error = Assert.Throws<JournalOpenException>(folder.Open);
        Assert.Contains($"in use by another EdgeProxy process (pid {Environment.ProcessId})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_format_is_refused()
    {
        using var folder = new JournalFolder();
        await using (folder.Open())
        {
        }
        var path = folder.ActiveSegment();
        var bytes = File.ReadAllBytes(path);
        new SegmentHeader(SegmentHeader.CurrentVersion + 1, 0, 0, bytes.Length, 0).Write(bytes);
        File.WriteAllBytes(path, bytes);
        Assert.Contains("newer EdgeProxy", Assert.Throws<JournalOpenException>(folder.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_size_bound_refuses_and_retention_makes_room()
    {
        using var folder = new JournalFolder { SegmentBytes = 32 * 1024, MaxBytes = 96 * 1024 };
        await using var journal = folder.Open();
        var id = 0L;
        while (await JournalFolder.Append(journal, id, 4000) is AppendOutcome.Appended)
            id++;
        Assert.StartsWith("journal is full:", journal.Snapshot().Fault, StringComparison.Ordinal);
        Assert.Equal(3, journal.Snapshot().Segments);
        Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(journal, 0));

        using var slow = journal.OpenReader(0);
        Assert.True(slow.TryReadNext(out _));
        journal.ReleaseBefore(journal.Tail);
        folder.Time.Now += TimeSpan.FromHours(25);
        journal.ReleaseBefore(journal.Tail + 1);
        await Eventually(async () => await JournalFolder.Append(journal, id, 4000) is AppendOutcome.Appended);
        Assert.Null(journal.Snapshot().Fault);
        Assert.True(slow.TryReadNext(out var second));
        Assert.Equal(1, second.Envelope.UpdateId);
        Assert.True(JournalFolder.Read(journal)[0] > 0);
    }

    [Fact]
    public async Task Stopping_refuses_and_loses_nothing()
    {
        using var folder = new JournalFolder();
        var journal = folder.Open();
        var appends = Enumerable.Range(0, 500).Select(id => JournalFolder.Append(journal, id).AsTask()).ToArray();
        await journal.DisposeAsync();
        Assert.All(await Task.WhenAll(appends), o => Assert.Equal(AppendOutcome.Appended, o));
        Assert.Equal(AppendOutcome.Stopping, await JournalFolder.Append(journal, 1000));
        await using var next = folder.Open();
        Assert.Equal(500, JournalFolder.Read(next).Count);
    }

    [Fact]
    public async Task Inspect_reads_a_journal_in_use_and_names_damage()
    {
        using var folder = new JournalFolder();
        await using var journal = folder.Open();
        for (var id = 0; id < 10; id++)
            await JournalFolder.Append(journal, id);
        using var text = new StringWriter();
        Assert.Equal(0, JournalInspect.Print(folder.Path, text, folder.Time));
        Assert.Contains("1 segments, 10 records", text.ToString(), StringComparison.Ordinal);
        using (var file = File.Open(folder.ActiveSegment(), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = SegmentHeader.Bytes + RecordCodec.HeaderBytes + 5;
            file.WriteByte(0xff);
        }
        using var damaged = new StringWriter();
        Assert.Equal(1, JournalInspect.Print(folder.Path, damaged, folder.Time));
        Assert.Contains("CORRUPT at offset 4096", damaged.ToString(), StringComparison.Ordinal);
    }

    private static async Task Eventually(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 1_200; i++)
        {
            if (await condition())
                return;
            await Task.Delay(50);
        }
        Assert.Fail("not within 60 s");
    }
}

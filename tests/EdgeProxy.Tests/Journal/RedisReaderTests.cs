using System.Text;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;
using EdgeProxy.Tests.Redis;
using static EdgeProxy.Tests.Journal.RedisJournalRig;

namespace EdgeProxy.Tests.Journal;

/// <summary>Reading a partition: at its end, behind the shared pages, through trimming and outages.</summary>
public sealed class RedisReaderTests
{
    [Fact]
    public async Task Readers_far_behind_and_at_the_end_miss_nothing_and_memory_stays_bounded()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        const int Updates = 3_000;
        const int Bytes = 4_000;
        await AppendManyAsync(journal, 0, Updates, Bytes);
        await using RedisPartition log = await OpenAsync(journal, PartitionOf(7));
        using IJournalReader behind = log.OpenReader(0);
        using IJournalReader tip = log.OpenReader(log.Tail);
        Task<List<long>> tipReads = Task.Run(() => ReadAsync(tip, Updates));
        Task<List<long>> behindReads = Task.Run(() => ReadAsync(behind, 2 * Updates));
        await AppendManyAsync(journal, Updates, 2 * Updates, Bytes);
        Assert.Equal(Enumerable.Range(Updates, Updates).Select(id => (long)id), (await tipReads).Order());
        Assert.Equal(Enumerable.Range(0, 2 * Updates).Select(id => (long)id), (await behindReads).Order());
        Assert.InRange(log.CachedBytes, 1, Limits.RedisCacheBytesMax);

        // Both saw the same order, and so does one that comes late.
        using IJournalReader late = log.OpenReader(0);
        List<long> again = await ReadAsync(late, 2 * Updates);
        Assert.Equal(await behindReads, again);
        Assert.Equal(again.Skip(Updates), await tipReads);
    }

    [Fact]
    public async Task A_record_is_looked_at_where_it_is_brought_or_gone()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal(settings => settings with { KeptMs = 0 });
        const int Updates = 2_000;
        await AppendManyAsync(journal, 0, Updates, 4_000);
        await using RedisPartition log = await OpenAsync(journal, PartitionOf(7));
        using IJournalReader reader = log.OpenReader(0);
        var positions = new List<(long Position, long Id)>();
        using var timeOut = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (positions.Count < Updates)
        {
            if (reader.TryReadNext(out JournalRecord record)) positions.Add((record.Position, record.Envelope.UpdateId));
            else await reader.WaitForMoreAsync(timeOut.Token);
        }

        // The first pages have left the cache by now.
        using IJournalReader at = log.OpenReader(0);
        Assert.Equal(RecordLook.Away, at.LookAt(positions[0].Position, out _));
        foreach (int index in (int[])[0, 1, 700, 0, Updates - 1, 350, 351])
        {
            if (at.LookAt(positions[index].Position, out JournalRecord record) == RecordLook.Away)
            {
                await at.BringAsync(positions[index].Position, timeOut.Token);
                Assert.Equal(RecordLook.Found, at.LookAt(positions[index].Position, out record));
            }

            Assert.Equal(positions[index].Id, record.Envelope.UpdateId);
            Assert.True(record.Body.Span.SequenceEqual(JournalFolder.Body(record.Envelope.UpdateId, 4_000)));
            Assert.Equal(0, at.Position);
        }

        // No such record: between two, at the end, beyond it.
        foreach (long nothing in (long[])[positions[0].Position - 1, log.Tail, log.Tail + 5])
        {
            await at.BringAsync(nothing, timeOut.Token);
            Assert.Equal(RecordLook.Gone, at.LookAt(nothing, out _));
        }

        log.ReleaseBefore(positions[1_000].Position);
        await RedisRig.UntilAsync(() => Task.FromResult(log.Snapshot().Head > positions[900].Position), "trimmed");
        Assert.True(log.Snapshot().Head <= positions[1_000].Position);

        // Another process, which has no pages from before.
        await using RedisPartition elsewhere = await OpenAsync(rig.Journal(), log.Number);
        using IJournalReader after = elsewhere.OpenReader(0);
        Assert.Equal(RecordLook.Gone, after.LookAt(positions[10].Position, out _));

        // A reader from the beginning goes on with the oldest that is kept, and misses none of those.
        List<long> left = [];
        while (left.Count == 0 || left[^1] != positions[^1].Id)
        {
            if (Next(after) is { } id) left.Add(id);
            else await after.WaitForMoreAsync(timeOut.Token);
        }

        Assert.Equal(positions.Skip(Updates - left.Count).Select(one => one.Id), left);
        Assert.InRange(left.Count, Updates - 1_000, Updates - 900);
    }

    [Fact]
    public async Task The_largest_bodies_come_back_byte_for_byte()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        await using RedisPartition log = await OpenAsync(journal, PartitionOf(7));
        using IJournalReader tip = log.OpenReader(log.Tail);
        const int Updates = 40;
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Съешь ещё этих мягких французских булок, да выпей чаю. ", 6_000)));
        var bodies = Enumerable.Range(0, Updates).Select(n => text.AsMemory(n, Limits.UpdateBytesMax)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Updates).Select(async n =>
            Assert.Equal(AppendOutcome.Appended, await journal.AppendAsync(1, Envelope(n, 7), bodies[n]))));
        using IJournalReader behind = log.OpenReader(0);
        using var timeOut = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        foreach (IJournalReader reader in (IJournalReader[])[tip, behind])
        {
            for (int read = 0; read < Updates;)
            {
                if (!reader.TryReadNext(out JournalRecord record))
                {
                    await reader.WaitForMoreAsync(timeOut.Token);
                    continue;
                }

                Assert.True(record.Body.Span.SequenceEqual(bodies[record.Envelope.UpdateId].Span));
                read++;
            }
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await journal.AppendAsync(1, Envelope(99, 7), new byte[Limits.UpdateBytesMax + 1]));
    }

    [Fact]
    public async Task A_killed_server_loses_nothing_it_acknowledged_and_keeps_nothing_twice()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        await using RedisPartition log = await OpenAsync(journal, PartitionOf(7));
        using IJournalReader reader = log.OpenReader(0);
        const int Updates = 3_000;
        int done = 0;
        Task<List<long>> reads = Task.Run(() => ReadAsync(reader, Updates));
        Task[] senders = [.. Enumerable.Range(0, 10).Select(sender => Task.Run(async () =>
        {
            for (int id = sender; id < Updates; id += 10)
            {
                // As Telegram does: again until it is taken.
                while (await AppendAsync(journal, id) is not (AppendOutcome.Appended or AppendOutcome.Duplicate)) await Task.Delay(5);
                Interlocked.Increment(ref done);
            }
        }))];
        foreach (int mark in (int[])[Updates / 4, Updates / 2])
        {
            await RedisRig.UntilAsync(() => Task.FromResult(Volatile.Read(ref done) > mark), "some are in");
            rig.Server.Kill();
            rig.Server.Launch();
        }

        await Task.WhenAll(senders);
        Assert.Equal(Enumerable.Range(0, Updates).Select(id => (long)id), (await reads).Order());
        Assert.Equal(Enumerable.Range(0, Updates).Select(id => (long)id), (await rig.ReadAllAsync()).Order());
        Assert.Null(Next(reader));
    }

    [Fact]
    public async Task A_paused_server_means_refusals_and_then_everything_goes_on()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal(settings => settings with { Redis = settings.Redis with { CommandMs = 500 } });
        await using RedisPartition log = await OpenAsync(journal, PartitionOf(7));
        using IJournalReader reader = log.OpenReader(0);
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 0));
        Assert.Equal([0], await ReadAsync(reader, 1));
        await using RedisPartition elsewhere = await OpenAsync(
            rig.Journal(settings => settings with { Redis = settings.Redis with { CommandMs = 500 } }), log.Number);
        using IJournalReader at = elsewhere.OpenReader(0);
        long first = reader.Position - 1;
        Assert.Equal(RecordLook.Away, at.LookAt(first, out _));
        rig.Server.Stop();
        await at.BringAsync(first, CancellationToken.None);
        Assert.Equal(RecordLook.Away, at.LookAt(first, out _));
        for (int id = 1; id < 5; id++) Assert.Equal(AppendOutcome.DiskFailed, await AppendAsync(journal, id));
        Assert.NotNull(journal.Fault);
        using var old = log.OpenReader(0);
        Assert.Equal(RecordLook.Gone, old.LookAt(0, out _));
        rig.Server.Continue();
        await RedisRig.UntilAsync(async () =>
        {
            await at.BringAsync(first, CancellationToken.None);
            return at.LookAt(first, out JournalRecord record) == RecordLook.Found && record.Envelope.UpdateId == 0;
        }, "brought");
        await RedisRig.UntilAsync(() => Task.FromResult(journal.Fault is null), "ready again");
        for (int id = 1; id < 50; id++) Assert.True(await AppendAsync(journal, id) is AppendOutcome.Appended or AppendOutcome.Duplicate);
        Assert.Equal(Enumerable.Range(1, 49).Select(id => (long)id), (await ReadAsync(reader, 49)).Order());
        Assert.Equal(50, (await rig.ReadAllAsync()).Distinct().Count());
    }

    [Fact]
    public async Task What_is_no_record_is_counted_and_stepped_over()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        int partition = PartitionOf(7);
        string stream = $"{{test:p{partition}}}:s";
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 1));
        await RedisRig.AskAsync(rig.Admin, "XADD", stream, "*", "strange", "entry", "of", "others");
        await RedisRig.AskAsync(rig.Admin, "XADD", stream, "*", "u", new string('x', 200));
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 2));
        await using RedisPartition log = await OpenAsync(journal, partition);
        using IJournalReader behind = log.OpenReader(0);
        Assert.Equal([1, 2], await ReadAsync(behind, 2));
        Assert.Equal(2, journal.Snapshot().CorruptRecords);
        await RedisRig.AskAsync(rig.Admin, "XADD", stream, "*", "u", "");
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 3));
        Assert.Equal([3], await ReadAsync(behind, 1));
        Assert.Equal(3, log.Snapshot().CorruptRecords);
    }

    [Fact]
    public async Task A_partition_given_up_wakes_its_readers_once_and_can_be_opened_again()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 1));
        RedisPartition log = await OpenAsync(journal, PartitionOf(7));
        using IJournalReader reader = log.OpenReader(log.Tail);
        using var stop = new CancellationTokenSource();
        Task waiting = reader.WaitForMoreAsync(stop.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        await log.DisposeAsync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Null(Next(reader));
        Task after = reader.WaitForMoreAsync(stop.Token).AsTask();
        Assert.False(after.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => after);

        await using RedisPartition next = await OpenAsync(journal, PartitionOf(7));
        using IJournalReader again = next.OpenReader(reader.Position);
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 2));
        Assert.Equal([2], await ReadAsync(again, 1));
    }

    [Fact]
    public async Task A_server_that_lost_the_newest_and_has_a_clock_behind_is_read_on()
    {
        await using var rig = new RedisJournalRig();
        RedisJournal journal = rig.Journal();
        int partition = PartitionOf(7);
        string stream = $"{{test:p{partition}}}:s";
        await using RedisPartition log = await OpenAsync(journal, partition);
        using IJournalReader reader = log.OpenReader(0);
        Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, 1));
        string kept = Assert.Single((await ReadAsync(reader, 1)).Select(_ => (reader.Position - 1) >> 20)).ToString();
        long future = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 3_600_000;
        long next = 2;
        foreach (bool isAllLost in (bool[])[false, true])
        {
            // Read what is then lost; an hour ahead of the clock that is left.
            await RedisRig.AskAsync(rig.Admin, "XSETID", stream, $"{future}-0");
            Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, next));
            Assert.Equal([next], await ReadAsync(reader, 1));
            next++;
            if (isAllLost)
            {
                await RedisRig.AskAsync(rig.Admin, "DEL", stream);
            }
            else
            {
                await RedisRig.AskAsync(rig.Admin, "XDEL", stream, $"{future}-1");
                Assert.Equal("OK", (await RedisRig.AskAsync(rig.Admin, "XSETID", stream, $"{kept}-0")).Text);
            }

            await RedisRig.UntilAsync(async () =>
            {
                // Until the journal has noticed, updates may land behind the reader.
                await journal.LookAsync(partition);
                return journal.LookOf(partition).Tail >= log.Tail;
            }, "positions are lifted");
            Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, next));
            Assert.Equal([next], await ReadAsync(reader, 1));
            next++;
            future += 3_600_000;
        }
    }

    private static async Task AppendManyAsync(RedisJournal journal, int from, int to, int bytes)
    {
        for (int first = from; first < to; first += 200)
        {
            await Task.WhenAll(Enumerable.Range(first, Math.Min(200, to - first)).Select(async id =>
                Assert.Equal(AppendOutcome.Appended, await AppendAsync(journal, id, bytes: bytes))));
        }
    }
}

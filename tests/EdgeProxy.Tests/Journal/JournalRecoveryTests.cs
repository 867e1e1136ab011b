using EdgeProxy.Journal;

namespace EdgeProxy.Tests.Journal;

public sealed class JournalRecoveryTests
{
    [Fact]
    public async Task Truncation_at_every_byte_of_the_last_records_loses_only_what_was_cut()
    {
        using var folder = new JournalFolder { SegmentBytes = 32 * 1024 };
        var ends = await Fill(folder, 6);
        var whole = File.ReadAllBytes(folder.ActiveSegment());
        var path = folder.ActiveSegment();
        for (var cut = (int)ends[3]; cut <= ends[5]; cut++)
        {
            folder.DeleteSnapshots();
            File.WriteAllBytes(path, whole.AsSpan(0, cut));
            await using var journal = folder.Open();
            // The padding behind a body is zeros, which recovery writes back: a record is whole without it.
            var kept = ends.Count(e => cut >= e || (cut >= e - 8 && whole.AsSpan(cut, (int)e - cut).IndexOfAnyExcept((byte)0) < 0));
            var ids = JournalFolder.Read(journal);
            Assert.InRange(ids.Count, ends.Count(e => cut >= e), kept);
            Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, 100));
            Assert.Equal(ids.Append(100), JournalFolder.Read(journal));
            Assert.Equal(0, journal.Snapshot().CorruptRecords);
        }
    }

    [Fact]
    public async Task Bit_flips_never_deliver_a_wrong_byte_and_cost_at_most_their_own_record()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        using var folder = new JournalFolder { SegmentBytes = 32 * 1024 };
        var ends = await Fill(folder, 20);
        var path = folder.ActiveSegment();
        var whole = File.ReadAllBytes(path);
        for (var round = 0; round < 150; round++)
        {
            folder.DeleteSnapshots();
            var bytes = whole.ToArray();
            var at = random.Next(SegmentHeader.Bytes, (int)ends[^1]);
            bytes[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, bytes);
            await using var journal = folder.Open();
            var ids = JournalFolder.Read(journal);
            var hit = ends.FindIndex(e => at < e);
            Assert.True(ids.SequenceEqual(Enumerable.Range(0, 20).Select(i => (long)i).Where(i => i != hit)) || ids.Count == 20,
                $"seed {seed}, offset {at}: {string.Join(',', ids)}");
            Assert.True(hit == 19 || ids.Count == 20 || journal.Snapshot().CorruptRecords == 1, $"seed {seed}, offset {at}");
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task A_lost_sector_of_the_last_batch_costs_its_records_and_is_reported_once(int sector)
    {
        using var folder = new JournalFolder { SegmentBytes = 64 * 1024 };
        var (from, to) = await FillWithLastBatch(folder, before: 3, inBatch: 24);
        var path = folder.ActiveSegment();
        var whole = File.ReadAllBytes(path);
        for (var at = from / sector * sector; at < to; at += sector)
        {
            folder.DeleteSnapshots();
            var bytes = whole.ToArray();
            var start = Math.Max(at, from);
            bytes.AsSpan((int)start, (int)(Math.Min(at + sector, to) - start)).Clear();
            File.WriteAllBytes(path, bytes);
            List<long> ids;
            await using (var journal = folder.Open())
            {
                ids = JournalFolder.Read(journal);
                Assert.Equal([0, 1, 2], ids.Take(3));
                Assert.InRange(ids.Count, 27 - (sector / 150) - 2, 27);
                Assert.Equal(0, journal.Snapshot().CorruptRecords);
                Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, 500));
            }
            folder.DeleteSnapshots();
            await using var again = folder.Open();
            Assert.Equal(ids.Append(500), JournalFolder.Read(again));
            Assert.Equal(0, again.Snapshot().CorruptRecords);
        }
    }

    [Fact]
    public async Task Corruption_in_a_sealed_segment_is_skipped_and_counted_once()
    {
        using var folder = new JournalFolder { SegmentBytes = 32 * 1024 };
        await Fill(folder, 100, bytes: 900);
        var first = Directory.GetFiles(folder.Path, "*.seg").Order().First();
        var bytes = File.ReadAllBytes(first);
        bytes[SegmentHeader.Bytes + 10] ^= 1;
        File.WriteAllBytes(first, bytes);
        await using var journal = folder.Open();
        Assert.Equal(Enumerable.Range(1, 99).Select(i => (long)i), JournalFolder.Read(journal));
        Assert.Equal(99, JournalFolder.Read(journal).Count);
        Assert.Equal(1, journal.Snapshot().CorruptRecords);
        Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(journal, 0));
    }

    [Fact]
    public async Task A_damaged_segment_header_loses_no_record()
    {
        using var folder = new JournalFolder { SegmentBytes = 32 * 1024 };
        await Fill(folder, 60, bytes: 900);
        foreach (var path in Directory.GetFiles(folder.Path, "*.seg"))
        {
            var bytes = File.ReadAllBytes(path);
            bytes[20] ^= 0x40;
            File.WriteAllBytes(path, bytes);
        }
        await using var journal = folder.Open();
        Assert.Equal(60, JournalFolder.Read(journal).Count);
    }

    [Fact]
    public async Task A_damaged_snapshot_falls_back_to_the_older_one()
    {
        using var folder = new JournalFolder { SegmentBytes = 32 * 1024 };
        await Fill(folder, 200, bytes: 900);
        var newest = DedupeSnapshot.List(folder.Path)[0].Path;
        var bytes = File.ReadAllBytes(newest);
        bytes[^1] ^= 1;
        File.WriteAllBytes(newest, bytes);
        await using var journal = folder.Open();
        for (var id = 0; id < 200; id++)
            Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(journal, id));
    }

    [Fact]
    public async Task Positions_are_not_reused_when_the_segments_are_gone()
    {
        using var folder = new JournalFolder();
        var ends = await Fill(folder, 10);
        foreach (var path in Directory.GetFiles(folder.Path, "*.seg"))
            File.Delete(path);
        await using var journal = folder.Open();
        Assert.True(journal.Tail >= ends[^1]);
        await JournalFolder.Append(journal, 50);
        Assert.Equal([50], JournalFolder.Read(journal, ends[^1]));
    }

    [RootFact]
    public async Task A_full_disk_refuses_and_recovers_without_a_restart()
    {
        using var folder = new JournalFolder { SegmentBytes = 256 * 1024 };
        using (new Tmpfs(folder.Path, "700k"))
        {
            long id = 0;
            await using (var journal = folder.Open())
            {
                File.WriteAllBytes(Path.Combine(folder.Path, "ballast"), new byte[300 * 1024]);
                while (await JournalFolder.Append(journal, id, 8000) is AppendOutcome.Appended)
                    id++;
                Assert.Equal(AppendOutcome.DiskFailed, await JournalFolder.Append(journal, id, 8000));
                Assert.Contains("No space left", journal.Snapshot().Fault, StringComparison.OrdinalIgnoreCase);
                Assert.Equal(id, JournalFolder.Read(journal).Count);

                File.Delete(Path.Combine(folder.Path, "ballast"));
                for (var i = 0; i < 1_200 && journal.Snapshot().Fault is not null; i++)
                    await Task.Delay(50);
                Assert.Null(journal.Snapshot().Fault);
                Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, id, 8000));
                Assert.Equal(AppendOutcome.Duplicate, await JournalFolder.Append(journal, id, 8000));
                Assert.Equal(id + 1, JournalFolder.Read(journal).Count);
            }
            await using var next = folder.Open();
            Assert.Equal(id + 1, JournalFolder.Read(next).Count);
        }
    }

    [Fact]
    public async Task What_a_failed_batch_left_behind_is_no_record()
    {
        using var folder = new JournalFolder { SegmentBytes = 32 * 1024 };
        await Fill(folder, 60, bytes: 900);
        folder.DeleteSnapshots();
        // A whole record behind the end that the next header states: written, but its fsync failed, and the update came again later.
        var first = Directory.GetFiles(folder.Path, "*.seg").Order().First();
        long end;
        await using (var journal = folder.Open())
            end = journal.Segments[0].End;
        folder.DeleteSnapshots();
        var body = JournalFolder.Body(9999);
        var record = new byte[RecordCodec.TotalBytes(body.Length)];
        RecordCodec.Write(record, new RecordHeader
        {
            Type = RecordType.Update,
            TotalBytes = record.Length,
            BodyBytes = body.Length,
            BodyCrc = Crc32C.Compute(body),
            Position = end,
            BotId = 1,
            Envelope = JournalFolder.Envelope(9999),
        }, body);
        var bytes = File.ReadAllBytes(first);
        record.CopyTo(bytes, end);
        File.WriteAllBytes(first, bytes);
        await using var again = folder.Open();
        Assert.Equal(60, JournalFolder.Read(again).Count);
        Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(again, 9999));
        Assert.Equal(61, JournalFolder.Read(again).Count);
    }

    /// <summary>Appends one by one; the ends of the records as positions.</summary>
    private static async Task<List<long>> Fill(JournalFolder folder, int count, int bytes = 0)
    {
        var ends = new List<long>();
        await using var journal = folder.Open();
        for (var id = 0; id < count; id++)
        {
            Assert.Equal(AppendOutcome.Appended, await JournalFolder.Append(journal, id, bytes));
            ends.Add(journal.Tail);
        }
        return ends;
    }

    /// <summary>
    /// Some single records, then one batch made by hand, as a crash during its write would have left it. Returns the batch's range.
    /// </summary>
    private static async Task<(long From, long To)> FillWithLastBatch(JournalFolder folder, int before, int inBatch)
    {
        var from = (await Fill(folder, before))[^1];
        var bytes = File.ReadAllBytes(folder.ActiveSegment());
        var at = from;
        for (var id = before; id < before + inBatch; id++)
        {
            var body = JournalFolder.Body(id);
            var header = new RecordHeader
            {
                Type = RecordType.Update,
                TotalBytes = RecordCodec.TotalBytes(body.Length),
                BodyBytes = body.Length,
                BodyCrc = Crc32C.Compute(body),
                Position = at,
                BatchDelta = (int)(at - from),
                BotId = 1,
                Envelope = JournalFolder.Envelope(id),
            };
            RecordCodec.Write(bytes.AsSpan((int)at, header.TotalBytes), header, body);
            at += header.TotalBytes;
        }
        File.WriteAllBytes(folder.ActiveSegment(), bytes);
        return (from, at);
    }
}

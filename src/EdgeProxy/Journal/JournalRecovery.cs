using EdgeProxy.Primitives;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Journal;

/// <summary>
/// Start-up, in order:
/// 1. Name the segments and read their headers; a newer version is refused, an unused preallocated file removed.
/// 2. Load the newest dedupe snapshot that is whole.
/// 3. Scan the segments behind the snapshot (without one: those young enough to matter) into the dedupe window. Older ones are not opened.
/// 4. Repair the active segment: cut a torn tail, cover holes of the last batch, name what is corrupt in the middle.
/// </summary>
internal sealed partial class JournalRecovery(JournalSettings settings, TimeProvider time, ILogger log, CorruptPlaces corrupt)
{
    private readonly List<Segment> _segments = [];

    /// <summary>Durable end of a segment as the next one's header states it; absent when that header is damaged or there is none.</summary>
    private readonly Dictionary<long, long> _statedEnds = [];
    private DedupeWindow _window = new();
    private long _snapshotPosition;

    /// <summary>Segments whose records were read. For tests and the log.</summary>
    public int ScannedSegments { get; private set; }

    public RecoveredJournal Run()
    {
        ReadHeaders();
        LoadSnapshot();
        if (_segments.Count == 0 || _snapshotPosition > _segments[^1].Base + _segments[^1].Capacity)
            return StartNew();

        using var window = new SegmentWindow();
        for (var i = 0; i < _segments.Count - 1; i++)
            RecoverSealed(window, i);
        var file = RecoverActive(window, _segments[^1]);
        ReadFirstTime(window, _segments[0]);
        return new RecoveredJournal(_segments, file, _window);
    }

    private void ReadHeaders()
    {
        var block = new byte[SegmentHeader.Bytes];
        foreach (var (start, path) in SegmentFile.List(settings.Folder))
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var length = RandomAccess.GetLength(file);
            Array.Clear(block);
            RandomAccess.Read(file, block, 0);
            if (SegmentHeader.TryRead(block, out var header) && header.Version > SegmentHeader.CurrentVersion)
            {
                throw new JournalOpenException(
                    $"{Path.GetFileName(path)} in {settings.Folder} was written by a newer EdgeProxy (journal format " +
                    $"{header.Version}; this program knows {SegmentHeader.CurrentVersion}). " +
                    "Start the newer version, or give this one a data folder of its own.");
            }
            if (header.Base == start && header.Version != 0)
            {
                _segments.Add(new Segment(path, start, header.Capacity, header.CreatedUnixMs));
                if (_segments.Count > 1)
                    _statedEnds[_segments[^2].Base] = header.PreviousEnd;
            }
            else if (IsUnused(path, length))
                SegmentFile.TryDelete(path);
            else
            {
                HeaderDamaged(log, Path.GetFileName(path));
                var touched = new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds();
                _segments.Add(new Segment(path, start, Math.Max(length, SegmentHeader.Bytes), touched));
            }
        }
    }

    private static bool IsUnused(string path, long length)
    {
        using var window = new SegmentWindow();
        window.Open(path);
        return RecordScan.EndOfContent(window, 0, length) == 0;
    }

    private void LoadSnapshot()
    {
        foreach (var (_, path) in DedupeSnapshot.List(settings.Folder))
        {
            if (DedupeSnapshot.Decode(File.ReadAllBytes(path), out var position) is not { } window)
            {
                SnapshotDamaged(log, Path.GetFileName(path));
                continue;
            }
            (_window, _snapshotPosition) = (window, position);
            return;
        }
    }

    private RecoveredJournal StartNew()
    {
        // Positions are never reused: a snapshot whose segments are gone still says how far the log had come.
        var end = _segments.Count == 0 ? 0 : _segments[^1].Base + _segments[^1].Capacity;
        var start = Math.Max(end, _snapshotPosition) + 7 & ~7L;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var capacity = Math.Min(settings.SegmentBytes, Limits.JournalFirstSegmentBytes);
        var file = SegmentFile.Create(settings.Folder, start, capacity);
        var block = new byte[SegmentHeader.Bytes];
        new SegmentHeader(SegmentHeader.CurrentVersion, start, now, capacity, end).Write(block);
        RandomAccess.Write(file, block, 0);
        NativeFile.DataSync(file);
        using var window = new SegmentWindow();
        for (var i = 0; i < _segments.Count; i++)
            RecoverSealed(window, i);
        _segments.Add(new Segment(SegmentFile.PathOf(settings.Folder, start), start, capacity, now));
        ReadFirstTime(window, _segments[0]);
        return new RecoveredJournal(_segments, file, _window);
    }

    /// <summary>
    /// A sealed segment needs its end, which the next header states, and a scan only when the dedupe window does not know it yet.
    /// </summary>
    private void RecoverSealed(SegmentWindow window, int index)
    {
        var segment = _segments[index];
        segment.IsSealed = true;
        var top = segment.Base + segment.Capacity;
        var isStated = _statedEnds.TryGetValue(segment.Base, out var end) && end >= segment.FirstRecord && end <= top;
        var isYoung = index + 1 >= _segments.Count ||
            time.GetUtcNow().ToUnixTimeMilliseconds() - _segments[index + 1].CreatedUnixMs < Limits.DedupeHours * 3_600_000L;
        if (isStated && (_snapshotPosition >= end || !isYoung))
        {
            segment.End = end;
            return;
        }
        var scan = Scan(window, segment, isStated ? end : top);
        segment.End = isStated ? end : scan.End;
        foreach (var (from, to) in scan.Holes)
            corrupt.Report(segment, from, to);
    }

    private SafeFileHandle RecoverActive(SegmentWindow window, Segment segment)
    {
        var file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);

        // Most of a fresh segment is zeros: they are passed once, here, and the scan ends where a record could end at the latest.
        window.Open(segment.Path);
        var known = Math.Clamp(_snapshotPosition - segment.Base, SegmentHeader.Bytes, segment.Capacity);
        var content = RecordScan.EndOfContent(window, known, segment.Capacity) + segment.Base;
        var scan = Scan(window, segment, Math.Min(content + RecordCodec.TotalBytes(Limits.UpdateBytesMax), segment.Base + segment.Capacity));
        var isRepaired = RepairHoles(file, segment, scan);
        if (content > scan.End)
        {
            TornTail(log, Path.GetFileName(segment.Path), scan.End - segment.Base, content - scan.End);
            SegmentFile.FillWithZeros(file, scan.End - segment.Base, content - segment.Base);
            isRepaired = true;
        }
        // What a snapshot saw was durable: a file that ends before it has lost acknowledged records, and their positions stay theirs.
        segment.End = Math.Max(scan.End, Math.Min(_snapshotPosition, segment.Base + segment.Capacity));
        if (segment.End > scan.End)
            corrupt.Report(segment, scan.End, segment.End);
        if (length < segment.Capacity)
        {
            SegmentFile.FillWithZeros(file, length, segment.Capacity);
            isRepaired = true;
        }
        if (isRepaired)
            NativeFile.DataSync(file);
        return file;
    }

    /// <summary>
    /// A hole that only records of its own batch follow may be a write that the power cut reordered, never acknowledged: it is covered
    /// with a filler. A hole that a later batch follows, or that a snapshot has seen, was durable once: it is corrupt, and stays visible.
    /// </summary>
    private bool RepairHoles(SafeFileHandle file, Segment segment, SegmentScan scan)
    {
        var isRepaired = false;
        var header = new byte[RecordCodec.HeaderBytes];
        foreach (var (from, to) in scan.Holes)
        {
            if (from < scan.LastBatch || from < _snapshotPosition || to - from < RecordCodec.HeaderBytes)
            {
                corrupt.Report(segment, from, to);
                continue;
            }
            LostWrite(log, Path.GetFileName(segment.Path), from - segment.Base, to - from);
            RecordCodec.WriteHeader(header, new RecordHeader
            {
                Type = RecordType.Filler,
                TotalBytes = (int)(to - from),
                Position = from,
                BatchDelta = (int)(from - scan.LastBatch),
            });
            RandomAccess.Write(file, header, from - segment.Base);
            isRepaired = true;
        }
        return isRepaired;
    }

    private SegmentScan Scan(SegmentWindow window, Segment segment, long end)
    {
        ScannedSegments++;
        window.Open(segment.Path);
        var from = Math.Clamp(_snapshotPosition, segment.FirstRecord, end);
        return SegmentScan.Run(window, segment, from, end, Remember);
    }

    private void Remember(in RecordHeader header) =>
        _window.Add(header.BotId, header.Envelope.UpdateId, header.ReceivedUnixMs);

    private static void ReadFirstTime(SegmentWindow window, Segment segment)
    {
        window.Open(segment.Path);
        var limit = segment.End - segment.Base;
        if (RecordScan.Check(window, segment.Base, SegmentHeader.Bytes, limit, out var header, out _) is RecordCheck.Update)
            segment.FirstUnixMs = header.ReceivedUnixMs;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Journal: torn tail of {File} cut at offset {Offset}; {Bytes} unacknowledged bytes dropped")]
    private static partial void TornTail(ILogger log, string file, long offset, long bytes);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Journal: lost write in the last batch of {File} at offset {Offset}; {Bytes} bytes covered")]
    private static partial void LostWrite(ILogger log, string file, long offset, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message = "Journal: damaged header of {File}; its records are used by name")]
    private static partial void HeaderDamaged(ILogger log, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Journal: dedupe snapshot {File} is damaged and not used")]
    private static partial void SnapshotDamaged(ILogger log, string file);
}

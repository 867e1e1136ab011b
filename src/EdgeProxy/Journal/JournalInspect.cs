using System.Globalization;

namespace EdgeProxy.Journal;

/// <summary>`edgeproxy journal inspect`: reads everything, checks every CRC, changes nothing; works while another process writes.</summary>
internal static class JournalInspect
{
    /// <summary>Prints one line per segment and per corrupt place. Returns the number of corrupt places. Throws IOException.</summary>
    public static int Print(string folder, TextWriter output, TimeProvider time)
    {
        if (!Directory.Exists(folder))
        {
            output.WriteLine("no journal folder");
            return 0;
        }
        var files = SegmentFile.List(folder);
        var (records, bytes, corrupt) = (0L, 0L, 0);
        for (var i = 0; i < files.Count; i++)
        {
            var next = i + 1 < files.Count ? ReadHeader(files[i + 1].Path) : null;
            corrupt += PrintSegment(files[i].Base, files[i].Path, next, time, output, ref records);
            bytes += new FileInfo(files[i].Path).Length;
        }
        foreach (var (position, path) in DedupeSnapshot.List(folder))
        {
            var window = DedupeSnapshot.Decode(File.ReadAllBytes(path), out _);
            var state = window is null ? "damaged" : string.Create(CultureInfo.InvariantCulture, $"{window.Bots.Count} bots");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"dedupe snapshot at {position}: {state}"));
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{files.Count} segments, {records} records, {bytes} bytes, {corrupt} corrupt places"));
        return corrupt;
    }

    private static int PrintSegment(long start, string path, SegmentHeader? next, TimeProvider time, TextWriter output, ref long records)
    {
        var header = ReadHeader(path);
        var length = new FileInfo(path).Length;
        var segment = new Segment(path, start, length, 0);
        using var window = new SegmentWindow();
        window.Open(path);
        if (header is null && RecordScan.EndOfContent(window, 0, length) == 0)
        {
            output.WriteLine($"{Path.GetFileName(path)}  prepared, not used yet");
            return 0;
        }
        var (first, last) = (0L, 0L);
        // The active segment has no stated end: what lies behind its last good record may be a write in progress, and is not called
        // corrupt.
        var end = next is { } n && n.PreviousEnd >= segment.FirstRecord && n.PreviousEnd <= start + length ? n.PreviousEnd : start + length;
        var scan = SegmentScan.Run(window, segment, segment.FirstRecord, end, (in RecordHeader h) =>
        {
            first = first == 0 ? h.ReceivedUnixMs : first;
            last = h.ReceivedUnixMs;
        });
        var holes = scan.Holes;
        if (next is not null && scan.End < end)
            holes.Add((scan.End, end));
        records += scan.Records;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Path.GetFileName(path)}  base {start}  end {scan.End}  {scan.Records} records  {scan.End - start} of {length} bytes  " +
            $"oldest {Age(first, time)}  newest {Age(last, time)}{(header is null ? "  HEADER DAMAGED" : "")}"));
        foreach (var (from, to) in holes)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  CORRUPT at offset {from - start}, {to - from} bytes (position {from})"));
        return holes.Count + (header is null ? 1 : 0);
    }

    private static SegmentHeader? ReadHeader(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var block = new byte[SegmentHeader.Bytes];
        RandomAccess.Read(file, block, 0);
        return SegmentHeader.TryRead(block, out var header) ? header : null;
    }

    private static string Age(long unixMs, TimeProvider time)
    {
        if (unixMs == 0)
            return "-";
        var age = time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
        return string.Create(CultureInfo.InvariantCulture, $"{(long)age.TotalHours}:{age:mm\\:ss} ago");
    }
}

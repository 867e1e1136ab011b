namespace EdgeProxy.Journal;

/// <summary>What one pass over a segment's records found. Positions are absolute.</summary>
/// <param name="End">Behind the last good record.</param>
/// <param name="LastBatch">First record of the batch that the last good record belongs to.</param>
/// <param name="Holes">Damaged ranges that good records follow.</param>
/// <param name="Records">Good update records.</param>
internal sealed record SegmentScan(long End, long LastBatch, List<(long From, long To)> Holes, long Records)
{
    /// <summary>Reads [from, end) with every CRC. Throws IOException.</summary>
    public static SegmentScan Run(SegmentWindow window, Segment segment, long from, long end, RecordVisitor? visit)
    {
        var holes = new List<(long, long)>();
        var (offset, limit) = (from - segment.Base, end - segment.Base);
        var (goodEnd, lastBatch, hole, records) = (offset, offset, -1L, 0L);
        while (offset < limit)
        {
            var check = RecordScan.Check(window, segment.Base, offset, limit, out var header, out _);
            if (check is RecordCheck.NoRecord or RecordCheck.BodyDamaged)
            {
                if (hole < 0)
                    hole = offset;
                offset = check is RecordCheck.BodyDamaged
                    ? offset + header.TotalBytes
                    : RecordScan.FindNext(window, segment.Base, offset + 8, limit);
                continue;
            }
            if (hole >= 0)
                holes.Add((hole + segment.Base, offset + segment.Base));
            hole = -1;
            if (check is RecordCheck.Update)
            {
                records++;
                visit?.Invoke(header);
            }
            lastBatch = offset - header.BatchDelta;
            offset += header.TotalBytes;
            goodEnd = offset;
        }
        return new SegmentScan(goodEnd + segment.Base, lastBatch + segment.Base, holes, records);
    }
}

namespace EdgeProxy.Journal;

/// <summary>Reads and finds records in a window. Offsets are relative to the segment's base.</summary>
internal static class RecordScan
{
    private static ReadOnlySpan<byte> MagicBytes => "EPJR"u8;

    /// <summary>Judges the record at <paramref name="offset"/>. <paramref name="body"/> is valid until the window moves.</summary>
    public static RecordCheck Check(
        SegmentWindow window, long start, long offset, long limit, out RecordHeader header, out ReadOnlyMemory<byte> body)
    {
        body = default;
        var bytes = window.Peek(offset, RecordCodec.HeaderBytes, limit);
        if (!RecordCodec.TryReadHeader(bytes.Span, start + offset, out header) || header.TotalBytes > limit - offset)
            return RecordCheck.NoRecord;
        if (header.Type is RecordType.Filler)
            return RecordCheck.Filler;
        if (bytes.Length < header.TotalBytes)
            bytes = window.Peek(offset, header.TotalBytes, limit);
        if (bytes.Length < header.TotalBytes)
            return RecordCheck.NoRecord;
        body = bytes.Slice(RecordCodec.HeaderBytes, header.BodyBytes);
        return Crc32C.Compute(body.Span) == header.BodyCrc ? RecordCheck.Update : RecordCheck.BodyDamaged;
    }

    /// <summary>
    /// The next place from <paramref name="offset"/> on that holds a good header; <paramref name="limit"/> when there is none.
    /// </summary>
    public static long FindNext(SegmentWindow window, long start, long offset, long limit)
    {
        offset = (offset + 7) & ~7L;
        while (offset + RecordCodec.HeaderBytes <= limit)
        {
            var bytes = window.Peek(offset, RecordCodec.HeaderBytes, limit).Span;
            if (bytes.Length < RecordCodec.HeaderBytes)
                return limit;
            var at = bytes.IndexOf(MagicBytes);
            if (at < 0)
            {
                offset += (bytes.Length - MagicBytes.Length + 1) & ~7;
                continue;
            }
            if (at % 8 != 0)
            {
                offset += (at + 7) & ~7;
                continue;
            }
            offset += at;
            bytes = window.Peek(offset, RecordCodec.HeaderBytes, limit).Span;
            if (RecordCodec.TryReadHeader(bytes, start + offset, out var header) && header.TotalBytes <= limit - offset)
                return offset;
            offset += 8;
        }
        return limit;
    }

    /// <summary>Where the last byte other than zero ends in [from, to); <paramref name="from"/> when all are zero.</summary>
    public static long EndOfContent(SegmentWindow window, long from, long to)
    {
        var end = from;
        for (var offset = from; offset < to;)
        {
            var bytes = window.Peek(offset, 1, to).Span;
            if (bytes.IsEmpty)
                break;
            var last = bytes.LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
                end = offset + last + 1;
            offset += bytes.Length;
        }
        return end;
    }
}

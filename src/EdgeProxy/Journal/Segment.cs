namespace EdgeProxy.Journal;

/// <summary>
/// One segment file as writer and readers share it: what cannot change, and the end of the durable part, which only the writer moves.
/// </summary>
internal sealed class Segment(string path, long start, long capacity, long createdUnixMs)
{
    private long _end = start + SegmentHeader.Bytes;
    private long _firstUnixMs;
    private bool _isSealed;

    public string Path { get; } = path;

    /// <summary>Position of the file's first byte.</summary>
    public long Base { get; } = start;

    /// <summary>Bytes of the file.</summary>
    public long Capacity { get; } = capacity;

    /// <summary>When it became the active segment: no record in the segment before it is younger.</summary>
    public long CreatedUnixMs { get; } = createdUnixMs;

    public long FirstRecord => Base + SegmentHeader.Bytes;

    /// <summary>Position behind the last durable record.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>Receive time of the first record; 0 when there is none.</summary>
    public long FirstUnixMs
    {
        get => Volatile.Read(ref _firstUnixMs);
        set => Volatile.Write(ref _firstUnixMs, value);
    }

    /// <summary>End will not move any more. Read before End, and End is final.</summary>
    public bool IsSealed
    {
        get => Volatile.Read(ref _isSealed);
        set => Volatile.Write(ref _isSealed, value);
    }
}

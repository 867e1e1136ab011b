namespace EdgeProxy.Journal;

/// <summary>
/// Reads behind the writer through the page cache. Keeps its own file handle, so a segment that retention deletes stays readable under
/// it.
/// </summary>
internal sealed class SegmentReader : IJournalReader
{
    private readonly SegmentJournal _journal;
    private readonly SegmentWindow _window = new();
    private readonly SegmentWindow _lookUp = new();
    private readonly ReaderSignal _signal = new();
    private Segment? _segment;
    private Segment? _lookUpSegment;

    public SegmentReader(SegmentJournal journal, long position)
    {
        _journal = journal;
        var segments = journal.Segments;
        // A cursor from beyond the end belongs to a journal that is gone: what is here now was never read.
        Position = position < segments[0].FirstRecord || position > journal.Tail ? segments[0].FirstRecord : position;
        journal.Register(_signal);
    }

    public long Position { get; private set; }

    public bool TryReadNext(out JournalRecord record)
    {
        record = default;
        while (TryPlace(out var segment, out var end))
        {
            var limit = end - segment.Base;
            var offset = Position - segment.Base;
            var check = RecordScan.Check(_window, segment.Base, offset, limit, out var header, out var body);
            if (check is RecordCheck.Update)
            {
                record = Decode(header, body);
                Position = record.NextPosition;
                return true;
            }
            Position = check is RecordCheck.NoRecord
                ? segment.Base + RecordScan.FindNext(_window, segment.Base, offset + 8, limit)
                : Position + header.TotalBytes;
            if (check is not RecordCheck.Filler)
                _journal.Corrupt.Report(segment, segment.Base + offset, Position);
        }
        return false;
    }

    public RecordLook LookAt(long position, out JournalRecord record)
    {
        record = default;
        var segment = Find(_journal.Segments, position);
        if (segment is null || position < segment.FirstRecord || position >= segment.End || (position & 7) != 0 ||
            !TryOpen(_lookUp, ref _lookUpSegment, segment))
            return RecordLook.Gone;
        var offset = position - segment.Base;
        var limit = segment.End - segment.Base;
        if (RecordScan.Check(_lookUp, segment.Base, offset, limit, out var header, out var body) is not RecordCheck.Update)
            return RecordLook.Gone;
        record = Decode(header, body);
        return RecordLook.Found;
    }

    public ValueTask BringAsync(long position, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask WaitForMoreAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_journal.Tail > Position)
            return ValueTask.CompletedTask;
        _signal.Arm();
        return _journal.Tail > Position && _signal.TryDisarm() ? ValueTask.CompletedTask : _signal.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _journal.Unregister(_signal);
        _window.Dispose();
        _lookUp.Dispose();
    }

    /// <summary>
    /// Opens the segment that Position lies in, moving Position over the gap behind a sealed one. False at the journal's end.
    /// </summary>
    private bool TryPlace(out Segment segment, out long end)
    {
        while (true)
        {
            if (_segment is null || Position < _segment.Base || Position >= _segment.Base + _segment.Capacity)
            {
                var segments = _journal.Segments;
                var found = Find(segments, Position);
                if (found is null || !TryOpen(_window, ref _segment, found))
                {
                    if (!TryMoveToNext(segments, Position, out segment!, out end))
                        return false;
                    continue;
                }
                Position = Math.Max(Position, found.FirstRecord);
            }
            segment = _segment!;
            var isSealed = segment.IsSealed;
            end = segment.End;
            if (Position < end)
                return true;
            if (!isSealed || !TryMoveToNext(_journal.Segments, segment.Base, out _, out _))
                return false;
        }
    }

    private bool TryMoveToNext(Segment[] segments, long after, out Segment? segment, out long end)
    {
        (segment, end) = (null, 0);
        foreach (var candidate in segments)
        {
            if (candidate.Base <= after)
                continue;
            Position = candidate.FirstRecord;
            return true;
        }
        return false;
    }

    private static bool TryOpen(SegmentWindow window, ref Segment? current, Segment wanted)
    {
        if (ReferenceEquals(current, wanted))
            return true;
        current = null;
        try
        {
            window.Open(wanted.Path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        current = wanted;
        return true;
    }

    private static Segment? Find(Segment[] segments, long position)
    {
        for (var i = segments.Length - 1; i >= 0; i--)
        {
            if (segments[i].Base <= position)
                return position < segments[i].Base + segments[i].Capacity ? segments[i] : null;
        }
        return null;
    }

    private static JournalRecord Decode(in RecordHeader header, ReadOnlyMemory<byte> body) => new()
    {
        Position = header.Position,
        NextPosition = header.Position + header.TotalBytes,
        BotId = header.BotId,
        ReceivedUnixMs = header.ReceivedUnixMs,
        Envelope = header.Envelope,
        Body = body,
    };
}

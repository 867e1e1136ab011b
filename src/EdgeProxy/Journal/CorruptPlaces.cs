using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>Corrupt places seen since start, each reported once however many readers meet it.</summary>
internal sealed partial class CorruptPlaces(ILogger log)
{
    private readonly Lock _lock = new();
    private readonly HashSet<long> _seen = [];
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public void Report(Segment segment, long position, long next)
    {
        lock (_lock)
        {
            if (_seen.Contains(position))
                return;
            if (_seen.Count < Limits.JournalCorruptPlacesMax)
                _seen.Add(position);
            Volatile.Write(ref _count, _count + 1);
        }
        Corrupt(log, Path.GetFileName(segment.Path), position - segment.Base, next - position);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Journal: corrupt record in {File} at offset {Offset}; {Bytes} bytes skipped")]
    private static partial void Corrupt(ILogger log, string file, long offset, long bytes);
}

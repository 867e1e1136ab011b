using System.Collections.Concurrent;
using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>Entries that wait for their next call. Callers rent; the loop returns who left, callers who were refused.</summary>
internal sealed class LaneEntryPool
{
    private readonly ConcurrentQueue<LaneEntry> _entries = new();
    private int _count;

    public LaneEntry Rent()
    {
        if (!_entries.TryDequeue(out LaneEntry? entry)) return new LaneEntry(this);
        Interlocked.Decrement(ref _count);
        return entry;
    }

    public void Return(LaneEntry entry)
    {
        if (Interlocked.Increment(ref _count) <= Limits.LaneEntriesPooledMax) _entries.Enqueue(entry);
        else Interlocked.Decrement(ref _count);
    }
}

using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// Who waits in one chat: those that come back first, then interactive, normal, bulk; FIFO within each. A lower priority that was passed over
/// <see cref="Limits.LaneShare"/> times gets the next turn. Pooled; only lanes with waiters have one.
/// </summary>
internal sealed class LaneQueue : IDue
{
    /// <summary>Calls that were granted before: another attempt keeps its place.</summary>
    public const int Returning = 0;

    private const int Queues = 4;
    private readonly EntryList[] _lists = new EntryList[Queues];
    private readonly int[] _passed = new int[Queues];

    public ChatLane? Lane { get; set; }

    /// <summary>Who goes next; set when the lane was placed.</summary>
    public LaneEntry? Head { get; set; }
    public int Count { get; private set; }

    public long DueAt { get; set; }
    public int HeapSlot { get; set; } = -1;

    /// <summary>Index of its ready queue; -1 when it is in none.</summary>
    public int Ready { get; set; } = -1;
    public LaneQueue? ReadyBefore { get; set; }
    public LaneQueue? ReadyAfter { get; set; }

    public static int QueueOf(LanePriority priority) => (int)priority + 1;

    public void Append(LaneEntry entry, int queue)
    {
        entry.Queue = queue;
        _lists[queue].Append(entry);
        Count++;
    }

    /// <summary>Its turn did not come after all: the place it was taken from.</summary>
    public void PutBack(LaneEntry entry)
    {
        entry.Queue = entry.TakenFrom;
        _lists[entry.Queue].Prepend(entry);
        Count++;
    }

    public void Remove(LaneEntry entry)
    {
        _lists[entry.Queue].Remove(entry);
        entry.Queue = -1;
        Count--;
        if (Head == entry) Head = null;
    }

    /// <summary>Who is next. Null when nobody waits.</summary>
    public LaneEntry? Pick()
    {
        if (_lists[Returning].First is { } returning) return returning;
        LaneEntry? first = null;
        for (int queue = Returning + 1; queue < Queues; queue++)
        {
            if (_lists[queue].First is not { } entry) continue;
            if (_passed[queue] >= Limits.LaneShare) return entry;
            first ??= entry;
        }

        return first;
    }

    /// <summary>The entry had its turn.</summary>
    public void Take(LaneEntry entry)
    {
        int taken = entry.TakenFrom = entry.Queue;
        Remove(entry);
        if (taken == Returning) return;
        _passed[taken] = 0;
        for (int queue = taken + 1; queue < Queues; queue++)
        {
            if (_lists[queue].First is not null) _passed[queue]++;
        }
    }

    /// <summary>
    /// Messages that surely go before a newcomer of that priority: its own queue, and of the higher ones no more than the guaranteed share lets pass.
    /// </summary>
    public long WeightAhead(LanePriority priority)
    {
        int queue = QueueOf(priority);
        long higher = 0;
        for (int above = Returning + 1; above < queue; above++) higher += _lists[above].Weight;
        long passes = ((_lists[queue].Count + 1) * Limits.LaneShare) - _passed[queue];
        return _lists[Returning].Weight + _lists[queue].Weight + Math.Min(higher, passes);
    }

    public LaneEntry? FirstOf(int queue) => _lists[queue].First;

    /// <summary>Ready for the pool.</summary>
    public void Clear()
    {
        (Lane, Head) = (null, null);
        Array.Clear(_passed);
    }
}

namespace EdgeProxy.Lanes;

/// <summary>A FIFO of entries, chained through them; any of them can be taken out.</summary>
internal struct EntryList
{
    private LaneEntry? _last;

    public LaneEntry? First { get; private set; }

    public int Count { get; private set; }

    /// <summary>Messages, as they count.</summary>
    public int Weight { get; private set; }

    public void Append(LaneEntry entry)
    {
        entry.Before = _last;
        entry.After = null;
        if (_last is null) First = entry;
        else _last.After = entry;
        _last = entry;
        Count++;
        Weight += entry.Request.Weight;
    }

    public void Prepend(LaneEntry entry)
    {
        entry.Before = null;
        entry.After = First;
        if (First is null) _last = entry;
        else First.Before = entry;
        First = entry;
        Count++;
        Weight += entry.Request.Weight;
    }

    public void Remove(LaneEntry entry)
    {
        if (entry.Before is null) First = entry.After;
        else entry.Before.After = entry.After;
        if (entry.After is null) _last = entry.Before;
        else entry.After.Before = entry.Before;
        entry.Before = entry.After = null;
        Count--;
        Weight -= entry.Request.Weight;
    }
}

namespace EdgeProxy.Lanes;

/// <summary>A FIFO of entries, chained through them; any of them can be taken out.</summary>
internal struct EntryList
{
    private LaneEntry? _last;

    public LaneEntry? First { get; private set; }

    /// <summary>Messages that wait here.</summary>
    public int Weight { get; private set; }

    public void Append(LaneEntry entry)
    {
        entry.Before = _last;
        entry.After = null;
        if (_last is null) First = entry;
        else _last.After = entry;
        _last = entry;
        Weight += entry.Request.Weight;
    }

    public void Remove(LaneEntry entry)
    {
        if (entry.Before is null) First = entry.After;
        else entry.Before.After = entry.After;
        if (entry.After is null) _last = entry.Before;
        else entry.After.Before = entry.Before;
        entry.Before = entry.After = null;
        Weight -= entry.Request.Weight;
    }
}

namespace EdgeProxy.Journal;

/// <summary>
/// A set of longs kept as sorted, disjoint, non-touching closed intervals. Adding at the end is O(1), elsewhere O(log n) and a memmove.
/// </summary>
internal sealed class IntervalSet
{
    private long[] _starts = new long[8];
    private long[] _ends = new long[8];

    /// <summary>Intervals, not members.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<long> Starts => _starts.AsSpan(0, Count);
    public ReadOnlySpan<long> Ends => _ends.AsSpan(0, Count);

    public bool Contains(long value)
    {
        var i = LastStartingAtOrBefore(value);
        return i >= 0 && _ends[i] >= value;
    }

    /// <summary>False when it was already there.</summary>
    public bool Add(long value)
    {
        var left = LastStartingAtOrBefore(value);
        if (left >= 0 && _ends[left] >= value)
            return false;
        var right = left + 1;
        // _ends[left] < value and _starts[right] > value here, so neither +1 nor -1 can overflow.
        var touchesLeft = left >= 0 && _ends[left] + 1 == value;
        var touchesRight = right < Count && _starts[right] - 1 == value;
        if (touchesLeft && touchesRight)
        {
            _ends[left] = _ends[right];
            RemoveAt(right);
        }
        else if (touchesLeft)
            _ends[left] = value;
        else if (touchesRight)
            _starts[right] = value;
        else
            InsertAt(right, value, value);
        return true;
    }

    /// <summary>Loads an interval that lies beyond all others and does not touch them; false (and nothing done) when it does not.</summary>
    public bool TryAppendInterval(long start, long end)
    {
        if (start > end || (Count > 0 && (start <= _ends[Count - 1] || start - 1 == _ends[Count - 1])))
            return false;
        InsertAt(Count, start, end);
        return true;
    }

    private int LastStartingAtOrBefore(long value)
    {
        if (Count == 0 || value < _starts[0])
            return -1;
        if (value >= _starts[Count - 1])
            return Count - 1;
        var i = Array.BinarySearch(_starts, 0, Count, value);
        return i >= 0 ? i : ~i - 1;
    }

    private void InsertAt(int index, long start, long end)
    {
        if (Count == _starts.Length)
        {
            Array.Resize(ref _starts, Count * 2);
            Array.Resize(ref _ends, Count * 2);
        }
        Array.Copy(_starts, index, _starts, index + 1, Count - index);
        Array.Copy(_ends, index, _ends, index + 1, Count - index);
        _starts[index] = start;
        _ends[index] = end;
        Count++;
    }

    private void RemoveAt(int index)
    {
        Count--;
        Array.Copy(_starts, index + 1, _starts, index, Count - index);
        Array.Copy(_ends, index + 1, _ends, index, Count - index);
    }
}

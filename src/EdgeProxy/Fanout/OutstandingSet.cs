namespace EdgeProxy.Fanout;

/// <summary>
/// Positions that are read and not finished. They arrive in ascending order and leave in any; a left one stays as a
/// tombstone (its complement) until the front passes it or half the array is tombstones. 8 bytes a record.
/// </summary>
internal sealed class OutstandingSet
{
    private long[] _items = new long[64];
    private int _start;
    private int _end;

    public int Count { get; private set; }

    /// <summary>The lowest position, or <paramref name="otherwise"/> when empty.</summary>
    public long Lowest(long otherwise) => Count == 0 ? otherwise : _items[_start];

    /// <summary>Adds a position above all that were added before.</summary>
    public void Add(long position)
    {
        if (_end == _items.Length) MakeRoom();
        _items[_end++] = position;
        Count++;
    }

    /// <summary>False when it is not in the set.</summary>
    public bool Remove(long position)
    {
        int low = _start, high = _end - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            long item = _items[middle];
            long value = item < 0 ? ~item : item;
            if (value == position)
            {
                if (item < 0) return false;
                _items[middle] = ~item;
                Count--;
                while (_start < _end && _items[_start] < 0) _start++;
                if (_start == _end) _start = _end = 0;
                return true;
            }

            if (value < position) low = middle + 1;
            else high = middle - 1;
        }

        return false;
    }

    /// <summary>Copies the positions in ascending order into <paramref name="target"/>, which holds at least Count.</summary>
    public void CopyTo(Span<long> target)
    {
        int written = 0;
        for (int i = _start; i < _end; i++)
        {
            if (_items[i] >= 0) target[written++] = _items[i];
        }
    }

    private void MakeRoom()
    {
        long[] target = Count > _items.Length / 2 ? new long[_items.Length * 2] : _items;
        int written = 0;
        for (int i = _start; i < _end; i++)
        {
            if (_items[i] >= 0) target[written++] = _items[i];
        }

        _items = target;
        _start = 0;
        _end = written;
    }
}

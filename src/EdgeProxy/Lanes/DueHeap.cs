namespace EdgeProxy.Lanes;

/// <summary>A binary heap by due time, with removal from the middle.</summary>
internal sealed class DueHeap<T>
    where T : class, IDue
{
    private const int ItemsMin = 64;
    private T[] _items = new T[ItemsMin];
    private int _count;

    public long NextAt => _count == 0 ? long.MaxValue : _items[0].DueAt;
    public T? First => _count == 0 ? null : _items[0];

    public void Add(T item)
    {
        if (_count == _items.Length) Array.Resize(ref _items, _count * 2);
        Rise(item, _count++);
    }

    /// <summary>Nothing happens when it is not in the heap.</summary>
    public void Remove(T item)
    {
        int slot = item.HeapSlot;
        if (slot < 0) return;
        item.HeapSlot = -1;
        T last = _items[--_count];
        _items[_count] = null!;
        if (last != item)
        {
            if (slot > 0 && last.DueAt < _items[(slot - 1) / 2].DueAt) Rise(last, slot);
            else Sink(last, slot);
        }

        if (_items.Length > ItemsMin && _count < _items.Length / 4) Array.Resize(ref _items, _items.Length / 2);
    }

    /// <summary>Empties the heap, in no order.</summary>
    public T[] TakeAll()
    {
        T[] items = _items[.._count];
        foreach (T item in items) item.HeapSlot = -1;
        (_items, _count) = (new T[ItemsMin], 0);
        return items;
    }

    private void Rise(T item, int slot)
    {
        while (slot > 0)
        {
            int parent = (slot - 1) / 2;
            if (_items[parent].DueAt <= item.DueAt) break;
            Put(_items[parent], slot);
            slot = parent;
        }

        Put(item, slot);
    }

    private void Sink(T item, int slot)
    {
        while (true)
        {
            int child = (2 * slot) + 1;
            if (child >= _count) break;
            if (child + 1 < _count && _items[child + 1].DueAt < _items[child].DueAt) child++;
            if (item.DueAt <= _items[child].DueAt) break;
            Put(_items[child], slot);
            slot = child;
        }

        Put(item, slot);
    }

    private void Put(T item, int slot)
    {
        _items[slot] = item;
        item.HeapSlot = slot;
    }
}

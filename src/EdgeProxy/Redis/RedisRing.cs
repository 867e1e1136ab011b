using System.Numerics;

namespace EdgeProxy.Redis;

/// <summary>The commands that wait for replies, in the order they were written. One writer (who holds the write side), one reader.</summary>
internal sealed class RedisRing
{
    private readonly RedisCommand?[] _items;
    private readonly int _mask;
    private int _head;
    private int _tail;

    /// <summary>Rounded up to a power of two.</summary>
    public RedisRing(int capacity)
    {
        _items = new RedisCommand?[(int)BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _mask = _items.Length - 1;
    }

    public int Count => Volatile.Read(ref _tail) - Volatile.Read(ref _head);

    public int Room => _items.Length - Count;

    /// <summary>The caller has looked at Room.</summary>
    public void Enqueue(RedisCommand command)
    {
        _items[_tail & _mask] = command;
        Volatile.Write(ref _tail, _tail + 1);
    }

    /// <summary>The one whose reply comes next, or null.</summary>
    public RedisCommand? Peek() => Count == 0 ? null : _items[_head & _mask];

    public void Dequeue()
    {
        _items[_head & _mask] = null;
        Volatile.Write(ref _head, _head + 1);
    }
}

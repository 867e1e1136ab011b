using System.Buffers;
using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>
/// Records of a partition in memory, and the promise that between From and To there are no others. One writer appends; readers on other threads see
/// what To covers. Pages are counted by those who hold them, so that their buffers go back to the pool when the last one lets go.
/// </summary>
internal sealed class RedisPage
{
    private readonly byte[] _bytes;
    private readonly PageEntry[] _entries;
    private readonly int _room;
    private int _used;
    private int _count;
    private long _to;
    private int _holds = 1;

    /// <summary>Held by its maker.</summary>
    /// <param name="from">First position it speaks of.</param>
    /// <param name="bytes">Room for records, headers included.</param>
    /// <param name="records">How many at most.</param>
    public RedisPage(long from, int bytes, int records)
    {
        From = _to = from;
        _room = records;
        _bytes = ArrayPool<byte>.Shared.Rent(bytes);
        _entries = ArrayPool<PageEntry>.Shared.Rent(records);
    }

    public long From { get; }

    /// <summary>End of what it speaks of.</summary>
    public long To => Volatile.Read(ref _to);

    public int Count => Volatile.Read(ref _count);

    /// <summary>Memory it takes.</summary>
    public int Capacity => _bytes.Length + (_entries.Length * 16);

    /// <summary>When it was last asked for, in asks of its partition. A race costs an eviction that is not the best one.</summary>
    public long UsedAt { get; set; }

    public bool Covers(long position) => position >= From && position < To;

    /// <summary>False when there is no room.</summary>
    public bool TryAdd(long position, ReadOnlySpan<byte> record)
    {
        int count = _count;
        if (count == _room || record.Length > _bytes.Length - _used) return false;
        record.CopyTo(_bytes.AsSpan(_used));
        _entries[count] = new() { Position = position, Offset = _used, Bytes = record.Length };
        _used += record.Length;
        Volatile.Write(ref _count, count + 1);
        Volatile.Write(ref _to, position + 1);
        return true;
    }

    /// <summary>There is nothing more before <paramref name="to"/>.</summary>
    public void Cover(long to)
    {
        if (to > _to) Volatile.Write(ref _to, to);
    }

    /// <summary>Index of the first record at or behind <paramref name="position"/>; Count when there is none.</summary>
    public int Find(long position)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_entries[middle].Position < position) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    public long PositionAt(int index) => _entries[index].Position;

    /// <summary>The record, whose body lies in this page: hold the page while you use it. False when its header is damaged.</summary>
    public bool TryRead(int index, out JournalRecord record)
    {
        record = default;
        ref PageEntry entry = ref _entries[index];
        ReadOnlyMemory<byte> bytes = _bytes.AsMemory(entry.Offset, entry.Bytes);
        if (!RecordCodec.TryReadHeader(bytes.Span, position: 0, out RecordHeader header)) return false;
        record = new()
        {
            Position = entry.Position,
            NextPosition = entry.Position + 1,
            BotId = header.BotId,
            ReceivedUnixMs = header.ReceivedUnixMs,
            Envelope = header.Envelope,
            Body = bytes[RecordCodec.HeaderBytes..],
        };
        return true;
    }

    /// <summary>False when everybody has let go of it already.</summary>
    public bool TryHold()
    {
        int holds = Volatile.Read(ref _holds);
        while (holds > 0)
        {
            int seen = Interlocked.CompareExchange(ref _holds, holds + 1, holds);
            if (seen == holds) return true;
            holds = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holds) != 0) return;
        ArrayPool<byte>.Shared.Return(_bytes);
        ArrayPool<PageEntry>.Shared.Return(_entries);
    }

    /// <summary>Whether these bytes are a whole, undamaged record as the journal appends it.</summary>
    public static bool IsSound(ReadOnlySpan<byte> record) =>
        RecordCodec.TryReadHeader(record, position: 0, out RecordHeader header) && header.Type is RecordType.Update
        && header.BodyBytes == record.Length - RecordCodec.HeaderBytes && header.BodyBytes <= Limits.UpdateBytesMax
        && Crc32C.Compute(record[RecordCodec.HeaderBytes..]) == header.BodyCrc;
}

using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>
/// The bytes of a CursorRow. Numbers are LEB128 varints; an id is zigzag first.
/// <code>
/// | version u8 = 1 | flags u8: 1 disabled | position | gone since ms |
/// | n | n × distance from the one before (the first: from 0)       |  outstanding, ascending
/// | p | p × ( scope u8 | kind u8 | id | failures | due ms | first failed ms ) |  parked
/// </code>
/// </summary>
internal static class CursorCodec
{
    private const byte Version = 1;
    private const byte DisabledFlag = 1;
    private const int VarintBytesMax = 10;
    private const int ParkedBytesMax = 2 + (4 * VarintBytesMax);
    private const int FixedBytesMax = 2 + (4 * VarintBytesMax);

    public static byte[] Encode(CursorRow row)
    {
        var buffer = new byte[FixedBytesMax + (row.Outstanding.Length * VarintBytesMax) + (row.Parked.Length * ParkedBytesMax)];
        int at = 0;
        buffer[at++] = Version;
        buffer[at++] = row.Disabled ? DisabledFlag : (byte)0;
        Put(buffer, ref at, (ulong)row.Position);
        Put(buffer, ref at, (ulong)row.GoneSinceUnixMs);
        Put(buffer, ref at, (ulong)row.Outstanding.Length);
        long before = 0;
        foreach (long position in row.Outstanding)
        {
            Put(buffer, ref at, (ulong)(position - before));
            before = position;
        }

        Put(buffer, ref at, (ulong)row.Parked.Length);
        foreach (ParkedKey parked in row.Parked)
        {
            buffer[at++] = (byte)parked.Key.Scope;
            buffer[at++] = (byte)parked.Key.Kind;
            Put(buffer, ref at, (ulong)((parked.Key.Id << 1) ^ (parked.Key.Id >> 63)));
            Put(buffer, ref at, (ulong)parked.Failures);
            Put(buffer, ref at, (ulong)parked.DueUnixMs);
            Put(buffer, ref at, (ulong)parked.FirstFailedUnixMs);
        }

        return buffer[..at];
    }

    /// <summary>Null when the bytes are not a row of a version that this program knows. Never throws.</summary>
    public static CursorRow? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[0] != Version) return null;
        bool disabled = (bytes[1] & DisabledFlag) != 0;
        int at = 2;
        if (!Take(bytes, ref at, out long position) || !Take(bytes, ref at, out long goneSince)) return null;
        if (!Take(bytes, ref at, out long count) || count < 0 || count > bytes.Length - at) return null;
        var outstanding = new long[count];
        long before = 0;
        for (int i = 0; i < count; i++)
        {
            if (!Take(bytes, ref at, out long distance) || distance < 0) return null;
            outstanding[i] = before += distance;
            if (before < 0 || before >= position || (distance == 0 && i > 0)) return null;
        }

        if (!Take(bytes, ref at, out count) || count < 0 || count > bytes.Length - at) return null;
        var parked = new ParkedKey[count];
        for (int i = 0; i < count; i++)
        {
            if (at + 2 > bytes.Length) return null;
            var scope = (QueueScope)bytes[at++];
            var kind = (UpdateKind)bytes[at++];
            if (!Take(bytes, ref at, out long zigzag) || !Take(bytes, ref at, out long failures)) return null;
            if (!Take(bytes, ref at, out long due) || !Take(bytes, ref at, out long first)) return null;
            long id = (long)((ulong)zigzag >> 1) ^ -(zigzag & 1);
            parked[i] = new ParkedKey(new QueueKey(scope, kind, id), (int)Math.Clamp(failures, 0, int.MaxValue), due, first);
        }

        return at == bytes.Length ? new CursorRow(position, goneSince, disabled, outstanding, parked) : null;
    }

    /// <summary>
    /// A stored row. One whose bytes cannot be read is taken back to its lowest needed position: rather twice than never.
    /// </summary>
    public static CursorRow Restore(long position, long low, ReadOnlySpan<byte> bytes)
    {
        CursorRow? row = Decode(bytes);
        return row is not null && row.Position == position ? row : new CursorRow(Math.Min(position, low), 0, false, [], []);
    }

    private static void Put(byte[] buffer, ref int at, ulong value)
    {
        for (; value >= 0x80; value >>= 7) buffer[at++] = (byte)(value | 0x80);
        buffer[at++] = (byte)value;
    }

    private static bool Take(ReadOnlySpan<byte> bytes, ref int at, out long value)
    {
        ulong result = 0;
        value = 0;
        for (int shift = 0; shift < 7 * VarintBytesMax; shift += 7)
        {
            if (at >= bytes.Length) return false;
            byte next = bytes[at++];
            result |= (ulong)(next & 0x7F) << shift;
            if (next >= 0x80) continue;
            value = (long)result;
            return true;
        }

        return false;
    }
}

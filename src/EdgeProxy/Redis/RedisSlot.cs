namespace EdgeProxy.Redis;

/// <summary>The slot of a key in a cluster: CRC16 (XMODEM) of the key, or of its hash tag, modulo 16384 (Redis Cluster specification).</summary>
internal static class RedisSlot
{
    public const int Count = 16_384;
    private const ushort Polynomial = 0x1021;
    private static readonly ushort[] Table = MakeTable();

    /// <summary>The first {…} with something in it is what counts, so that keys can be kept together.</summary>
    public static int Of(ReadOnlySpan<byte> key)
    {
        int open = key.IndexOf((byte)'{');
        if (open >= 0)
        {
            int length = key[(open + 1)..].IndexOf((byte)'}');
            if (length > 0) key = key.Slice(open + 1, length);
        }

        ushort crc = 0;
        foreach (byte one in key) crc = (ushort)((crc << 8) ^ Table[(crc >> 8) ^ one]);
        return crc % Count;
    }

    private static ushort[] MakeTable()
    {
        var table = new ushort[256];
        for (int index = 0; index < table.Length; index++)
        {
            int crc = index << 8;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
            table[index] = (ushort)crc;
        }

        return table;
    }
}

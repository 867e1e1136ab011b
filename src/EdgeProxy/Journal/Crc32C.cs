using System.Buffers.Binary;
using System.Numerics;

namespace EdgeProxy.Journal;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4) on the processor's own instruction, 8 bytes at a time.</summary>
internal static class Crc32C
{
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}

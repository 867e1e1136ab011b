using System.Buffers.Binary;

namespace EdgeProxy.Journal;

/// <summary>
/// The first 4 KiB block of a segment file, little-endian:
/// <code>
///   0            8             12        16          24           32            40              48
///  ┌────────────┬─────────────┬─────────┬───────────┬────────────┬─────────────┬───────────────┬───────┐
///  │ "EDGEPJNL" │ version u32 │ CRC u32 │ base  i64 │ created ms │ capacity    │ previous end  │ zeros │
///  └────────────┴─────────────┴─────────┴───────────┴────────────┴─────────────┴───────────────┴───────┘
/// </code>
/// Magic, version and CRC stay where they are in every future version, so that an old program can tell "newer" from "damaged".
/// <c>previous end</c> is where the durable part of the segment before this one stops: what an I/O error left behind there is no record.
/// A damaged header loses nothing but that: the base is also the file's name, and every record carries its position.
/// </summary>
internal readonly record struct SegmentHeader(uint Version, long Base, long CreatedUnixMs, long Capacity, long PreviousEnd)
{
    public const int Bytes = 4096;
    public const uint CurrentVersion = 1;
    private const ulong Magic = 0x4C4E4A5045474445;

    public void Write(Span<byte> block)
    {
        block[..Bytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(block, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(block[16..], Base);
        BinaryPrimitives.WriteInt64LittleEndian(block[24..], CreatedUnixMs);
        BinaryPrimitives.WriteInt64LittleEndian(block[32..], Capacity);
        BinaryPrimitives.WriteInt64LittleEndian(block[40..], PreviousEnd);
        BinaryPrimitives.WriteUInt32LittleEndian(block[12..], Crc(block));
    }

    /// <summary>False when the block is not an undamaged header. The version is not judged here.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, out SegmentHeader header)
    {
        header = default;
        if (block.Length < Bytes || BinaryPrimitives.ReadUInt64LittleEndian(block) != Magic ||
            BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) != Crc(block))
            return false;
        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(block[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[40..]));
        return true;
    }

    private static uint Crc(ReadOnlySpan<byte> block) =>
        Crc32C.Compute(block[16..Bytes]) ^ BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
}

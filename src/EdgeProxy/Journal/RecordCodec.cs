using System.Buffers.Binary;
using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>
/// One record, little-endian, starting at a multiple of 8:
/// <code>
///   0        4         5      6        8            12           16           20          24
///  ┌────────┬─────────┬──────┬────────┬────────────┬────────────┬────────────┬───────────┐
///  │ "EPJR" │ version │ type │ 0      │ header CRC │ body CRC   │ total      │ body      │
///  ├────────┴─────────┴──────┴────────┴─────┬──────┴────────────┼────────────┴───────────┤ bytes
///  │ position                            24 │ batch delta    32 │ command offset      36 │
///  ├───────────────────┬────────────────────┼───────────────────┼────────────────────────┤
///  │ bot id         40 │ received ms     48 │ update_id      56 │ chat id             64 │
///  ├───────────────────┼────────────────────┼───────────────────┼────────────────────────┤
///  │ thread id      72 │ sender id       80 │ date s         88 │ message id          96 │
///  ├───────────────────┼──────┬──────┬──────┼──────┬────────────┼────────────────────────┤
///  │ queue key id  104 │ kind │ chat │ key  │ key  │ command    │ 0                  120 │
///  │                   │  112 │ type │scope │ kind │ length 116 │                        │
///  └───────────────────┴──────┴──────┴──────┴──────┴────────────┴────────────────────────┘
///  128: the body as received, then zeros to the next multiple of 8.
/// </code>
/// The header CRC covers the 128 bytes except itself; the body CRC the body alone, so that the caller's thread computes it before the
/// position is known. The position in the header unmasks an old page in the wrong place. Text cannot imitate a record inside a body:
/// a header holds zero bytes and JSON cannot.
/// </summary>
internal static class RecordCodec
{
    public const int HeaderBytes = 128;
    public const byte Version = 1;
    public const uint Magic = 0x524A5045;
    private const int CrcOffset = 8;

    public static int TotalBytes(int bodyBytes) => (HeaderBytes + bodyBytes + 7) & ~7;

    /// <summary>Writes header, body and padding; <paramref name="target"/> is exactly the record's TotalBytes long.</summary>
    public static void Write(Span<byte> target, in RecordHeader header, ReadOnlySpan<byte> body)
    {
        WriteHeader(target, header);
        body.CopyTo(target[HeaderBytes..]);
        target[(HeaderBytes + body.Length)..].Clear();
    }

    public static void WriteHeader(Span<byte> target, in RecordHeader header)
    {
        var h = target[..HeaderBytes];
        h.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(h, Magic);
        h[4] = Version;
        h[5] = (byte)header.Type;
        BinaryPrimitives.WriteUInt32LittleEndian(h[12..], header.BodyCrc);
        BinaryPrimitives.WriteInt32LittleEndian(h[16..], header.TotalBytes);
        BinaryPrimitives.WriteInt32LittleEndian(h[20..], header.BodyBytes);
        BinaryPrimitives.WriteInt64LittleEndian(h[24..], header.Position);
        BinaryPrimitives.WriteInt32LittleEndian(h[32..], header.BatchDelta);
        ref readonly var e = ref header.Envelope;
        BinaryPrimitives.WriteInt32LittleEndian(h[36..], e.CommandOffset);
        BinaryPrimitives.WriteInt64LittleEndian(h[40..], header.BotId);
        BinaryPrimitives.WriteInt64LittleEndian(h[48..], header.ReceivedUnixMs);
        BinaryPrimitives.WriteInt64LittleEndian(h[56..], e.UpdateId);
        BinaryPrimitives.WriteInt64LittleEndian(h[64..], e.ChatId);
        BinaryPrimitives.WriteInt64LittleEndian(h[72..], e.ThreadId);
        BinaryPrimitives.WriteInt64LittleEndian(h[80..], e.SenderId);
        BinaryPrimitives.WriteInt64LittleEndian(h[88..], e.DateUnixS);
        BinaryPrimitives.WriteInt64LittleEndian(h[96..], e.MessageId);
        BinaryPrimitives.WriteInt64LittleEndian(h[104..], e.Key.Id);
        h[112] = (byte)e.Kind;
        h[113] = (byte)e.ChatType;
        h[114] = (byte)e.Key.Scope;
        h[115] = (byte)e.Key.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(h[116..], e.CommandLength);
        BinaryPrimitives.WriteUInt32LittleEndian(h[CrcOffset..], HeaderCrc(h));
    }

    /// <summary>False unless these 128 bytes are a whole, undamaged header that belongs at <paramref name="position"/>.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> h, long position, out RecordHeader header)
    {
        header = default;
        if (h.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(h) != Magic)
            return false;
        h = h[..HeaderBytes];
        if (BinaryPrimitives.ReadInt64LittleEndian(h[24..]) != position ||
            BinaryPrimitives.ReadUInt32LittleEndian(h[CrcOffset..]) != HeaderCrc(h))
            return false;
        header.Type = (RecordType)h[5];
        header.BodyCrc = BinaryPrimitives.ReadUInt32LittleEndian(h[12..]);
        header.TotalBytes = BinaryPrimitives.ReadInt32LittleEndian(h[16..]);
        header.BodyBytes = BinaryPrimitives.ReadInt32LittleEndian(h[20..]);
        header.Position = position;
        header.BatchDelta = BinaryPrimitives.ReadInt32LittleEndian(h[32..]);
        header.BotId = BinaryPrimitives.ReadInt64LittleEndian(h[40..]);
        header.ReceivedUnixMs = BinaryPrimitives.ReadInt64LittleEndian(h[48..]);
        header.Envelope = ReadEnvelope(h);
        return h[4] == Version && HasSaneLengths(header);
    }

    private static bool HasSaneLengths(in RecordHeader header) => header.Type switch
    {
        RecordType.Update => header.BodyBytes >= 0 && header.BodyBytes <= int.MaxValue - HeaderBytes - 8 &&
            header.TotalBytes == TotalBytes(header.BodyBytes),
        RecordType.Filler => header.BodyBytes == 0 && header.TotalBytes >= HeaderBytes && header.TotalBytes % 8 == 0,
        _ => false,
    };

    private static UpdateEnvelope ReadEnvelope(ReadOnlySpan<byte> h) => new()
    {
        UpdateId = BinaryPrimitives.ReadInt64LittleEndian(h[56..]),
        Kind = (UpdateKind)h[112],
        ChatType = (ChatType)h[113],
        Key = new QueueKey((QueueScope)h[114], (UpdateKind)h[115], BinaryPrimitives.ReadInt64LittleEndian(h[104..])),
        ChatId = BinaryPrimitives.ReadInt64LittleEndian(h[64..]),
        ThreadId = BinaryPrimitives.ReadInt64LittleEndian(h[72..]),
        SenderId = BinaryPrimitives.ReadInt64LittleEndian(h[80..]),
        DateUnixS = BinaryPrimitives.ReadInt64LittleEndian(h[88..]),
        MessageId = BinaryPrimitives.ReadInt64LittleEndian(h[96..]),
        CommandOffset = BinaryPrimitives.ReadInt32LittleEndian(h[36..]),
        CommandLength = BinaryPrimitives.ReadInt32LittleEndian(h[116..]),
    };

    /// <summary>Bytes 0–7 are constants but for the type; they go in by being checked (magic, version) and mixed in (type).</summary>
    private static uint HeaderCrc(ReadOnlySpan<byte> h) =>
        Crc32C.Compute(h[12..]) ^ (uint)(h[4] | (h[5] << 8) | (h[6] << 16) | (h[7] << 24));
}

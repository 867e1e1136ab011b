using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace EdgeProxy.FakeDc.Tl;

/// <summary>Reads one piece of TL. Every fault in the bytes is a <see cref="TlException"/>.</summary>
internal sealed class TlReader(ReadOnlyMemory<byte> data)
{
    public const uint VectorId = 0x1cb5c415;
    public const uint BoolTrueId = 0x997275b5;
    public const uint BoolFalseId = 0xbc799737;
    public const uint GzipPackedId = 0x3072cfa1;

    /// <summary>A message of the client is at most 1 MB before it is packed; this stops a bomb.</summary>
    private const int UnpackedBytesMax = 16 << 20;

    private const int LongLengthMark = 254;

    /// <summary>Objects stand in each other a few levels deep; this keeps hostile bytes off the end of the stack.</summary>
    private const int DepthMax = 64;

    private int _at;
    private int _depth;

    public int At => _at;

    public int Left => data.Length - _at;

    public uint PeekId() => Left >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(data.Span[_at..]) : throw new TlException("the bytes end");

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4).Span);

    public uint Id() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span);

    public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(8).Span);

    public ReadOnlyMemory<byte> Raw(int length) => Take(length);

    /// <summary>
    /// <c>len:u8 bytes pad</c> or <c>254 len:u24 bytes pad</c>, padded to a multiple of four.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes()
    {
        int length = Take(1).Span[0];
        var head = 1;
        if (length == LongLengthMark)
        {
            var three = Take(3).Span;
            length = three[0] | (three[1] << 8) | (three[2] << 16);
            head = 4;
        }
        else if (length > LongLengthMark)
        {
            throw new TlException("a length of 255 means nothing");
        }

        var bytes = Take(length);
        Take((4 - ((head + length) & 3)) & 3);
        return bytes;
    }

    /// <summary>An object or method call with its id before it; packed ones are unpacked.</summary>
    public TlObject Object()
    {
        var id = Id();
        return id == GzipPackedId ? new TlReader(Unpack(Bytes())).Object() : Fields(TlSchema.Instance.ById(id));
    }

    /// <summary>Its name says gzip; the library sends zlib, which Telegram takes too.</summary>
    public static byte[] Unpack(ReadOnlyMemory<byte> packed)
    {
        var input = new MemoryStream(packed.ToArray());
        using Stream unzip = packed.Span is [0x1f, 0x8b, ..]
            ? new GZipStream(input, CompressionMode.Decompress)
            : new ZLibStream(input, CompressionMode.Decompress);
        var unpacked = new MemoryStream();
        var buffer = new byte[16384];
        try
        {
            for (var read = unzip.Read(buffer); read > 0; read = unzip.Read(buffer))
            {
                unpacked.Write(buffer, 0, read);
                if (unpacked.Length > UnpackedBytesMax)
                    throw new TlException("gzip_packed is too large");
            }
        }
        catch (InvalidDataException e)
        {
            throw new TlException("gzip_packed: " + e.Message);
        }

        return unpacked.ToArray();
    }

    private TlObject Fields(TlCombinator combinator)
    {
        if (++_depth > DepthMax)
            throw new TlException("too deep");
        var result = new TlObject(combinator.Name);
        foreach (var field in combinator.Fields)
        {
            if (field.FlagsField is not null && (result.Int(field.FlagsField) & (1 << field.Bit)) == 0)
                continue;
            result[field.Name] = Value(field.Type);
        }

        _depth--;
        return result;
    }

    private object Value(TlType type) => type.Kind switch
    {
        TlKind.Flags or TlKind.Int => Int(),
        TlKind.Long => Long(),
        TlKind.Double => BinaryPrimitives.ReadDoubleLittleEndian(Take(8).Span),
        TlKind.Text => Encoding.UTF8.GetString(Bytes().Span),
        TlKind.Bytes => Bytes().ToArray(),
        TlKind.Int128 => Take(16).ToArray(),
        TlKind.Int256 => Take(32).ToArray(),
        TlKind.True => true,
        TlKind.Bool => Id() switch
        {
            BoolTrueId => true,
            BoolFalseId => false,
            _ => throw new TlException("neither true nor false"),
        },
        TlKind.Vector => Vector(type),
        TlKind.Bare => Fields(TlSchema.Instance.ByName(type.Name)),
        _ => Object(),
    };

    private List<object> Vector(TlType type)
    {
        if (!type.BareVector && Id() != VectorId)
            throw new TlException("not a vector");
        var count = Int();
        // An element has at least four bytes, so a count that the rest cannot hold is refused before memory is taken for it.
        if (count < 0 || count > Left / 4)
            throw new TlException("a vector longer than its message");
        var items = new List<object>(count);
        for (var i = 0; i < count; i++)
            items.Add(Value(type.Element!));
        return items;
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        if (length < 0 || length > Left)
            throw new TlException("the bytes end");
        var taken = data.Slice(_at, length);
        _at += length;
        return taken;
    }
}

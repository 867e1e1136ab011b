using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace EdgeProxy.FakeDc.Tl;

/// <summary>Writes TL. What the schema cannot hold is a <see cref="TlException"/> that names the field.</summary>
internal sealed class TlWriter
{
    private readonly ArrayBufferWriter<byte> _to = new(256);

    public int Length => _to.WrittenCount;

    public static byte[] Boxed(TlObject it) => new TlWriter().Object(it).ToArray();

    public byte[] ToArray() => _to.WrittenSpan.ToArray();

    public TlWriter Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_to.GetSpan(4), value);
        _to.Advance(4);
        return this;
    }

    public TlWriter Id(uint value) => Int(unchecked((int)value));

    public TlWriter Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_to.GetSpan(8), value);
        _to.Advance(8);
        return this;
    }

    public TlWriter Raw(ReadOnlySpan<byte> bytes)
    {
        _to.Write(bytes);
        return this;
    }

    public TlWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        int head;
        if (bytes.Length < 254)
        {
            Raw([(byte)bytes.Length]);
            head = 1;
        }
        else
        {
            Raw([254, (byte)bytes.Length, (byte)(bytes.Length >> 8), (byte)(bytes.Length >> 16)]);
            head = 4;
        }

        Raw(bytes);
        return Raw(stackalloc byte[(4 - ((head + bytes.Length) & 3)) & 3]);
    }

    public TlWriter Object(TlObject it)
    {
        var combinator = TlSchema.Instance.ByName(it.Name);
        Id(combinator.Id);
        return Fields(combinator, it);
    }

    /// <summary>What an rpc_result carries: an object, true or false, or a vector.</summary>
    public TlWriter Result(object value)
    {
        switch (value)
        {
            case TlObject it:
                return Object(it);
            case bool it:
                return Id(it ? TlReader.BoolTrueId : TlReader.BoolFalseId);
            case List<object> list:
                Id(TlReader.VectorId).Int(list.Count);
                foreach (var item in list)
                {
                    if (item is int number)
                        Int(number);
                    else if (item is long large)
                        Long(large);
                    else
                        Result(item);
                }

                return this;
            default:
                throw new TlException("cannot answer with " + value.GetType().Name);
        }
    }

    /// <summary>The bytes as gzip_packed.</summary>
    public static byte[] Packed(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
            zip.Write(bytes);
        return new TlWriter().Id(TlReader.GzipPackedId).Bytes(packed.ToArray()).ToArray();
    }

    private TlWriter Fields(TlCombinator combinator, TlObject it)
    {
        foreach (var field in combinator.Fields)
        {
            if (field.Type.Kind == TlKind.Flags)
            {
                Int(FlagsOf(combinator, field.Name, it));
                continue;
            }

            // Two fields may share a bit: then both stand there or the missing one is a fault, never a shorter object.
            if (field.FlagsField is not null && (FlagsOf(combinator, field.FlagsField, it) & (1 << field.Bit)) == 0)
                continue;
            if (field.Type.Kind == TlKind.True)
                continue;
            try
            {
                Value(field.Type, it[field.Name] ?? throw new TlException("is missing"));
            }
            catch (Exception e) when (e is InvalidCastException or TlException)
            {
                throw new TlException($"{combinator.Name}.{field.Name}: {e.Message}");
            }
        }

        return this;
    }

    private static int FlagsOf(TlCombinator combinator, string flags, TlObject it)
    {
        var bits = 0;
        foreach (var field in combinator.Fields)
        {
            if (field.FlagsField == flags && IsThere(field, it))
                bits |= 1 << field.Bit;
        }

        return bits;
    }

    private static bool IsThere(TlField field, TlObject it) => field.Type.Kind == TlKind.True ? it.Bool(field.Name) : it[field.Name] is not null;

    private void Value(TlType type, object value)
    {
        switch (type.Kind)
        {
            case TlKind.Int:
                Int((int)value);
                break;
            case TlKind.Long:
                Long((long)value);
                break;
            case TlKind.Double:
                BinaryPrimitives.WriteDoubleLittleEndian(_to.GetSpan(8), (double)value);
                _to.Advance(8);
                break;
            case TlKind.Text:
                Bytes(Encoding.UTF8.GetBytes((string)value));
                break;
            case TlKind.Bytes:
                Bytes((byte[])value);
                break;
            case TlKind.Int128 or TlKind.Int256:
                Raw((byte[])value);
                break;
            case TlKind.Bool:
                Id((bool)value ? TlReader.BoolTrueId : TlReader.BoolFalseId);
                break;
            case TlKind.Vector:
                Vector(type, (List<object>)value);
                break;
            case TlKind.Bare:
                Fields(TlSchema.Instance.ByName(type.Name), (TlObject)value);
                break;
            default:
                Object((TlObject)value);
                break;
        }
    }

    private void Vector(TlType type, List<object> items)
    {
        if (!type.BareVector)
            Id(TlReader.VectorId);
        Int(items.Count);
        foreach (var item in items)
            Value(type.Element!, item);
    }
}

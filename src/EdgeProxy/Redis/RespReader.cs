using System.Buffers.Text;

namespace EdgeProxy.Redis;

/// <summary>
/// Walks over one whole frame, value by value, without building anything. Its bytes were accepted by RespScanner; on others it stops early.
/// Spans it hands out live as long as the command they came from is not disposed.
/// </summary>
internal ref struct RespReader
{
    private const int VerbatimPrefixBytes = 4;
    private ReadOnlySpan<byte> _rest;

    public RespReader(ReadOnlySpan<byte> frame) => _rest = frame;

    /// <summary>Kind of the value read last. A null of RESP2 ("$-1") is Null.</summary>
    public RespKind Kind { get; private set; }

    /// <summary>Its text: of strings, errors and numbers; of a verbatim string without its type. Empty for aggregates.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>Values that follow and belong to it: elements, or keys and values of a map together. 0 for all others.</summary>
    public int Count { get; private set; }

    public readonly bool IsNull => Kind == RespKind.Null;

    public readonly bool IsError => Kind is RespKind.Error or RespKind.BlobError;

    public readonly bool IsText => Kind is RespKind.SimpleString or RespKind.BulkString or RespKind.Verbatim;

    /// <summary>Goes to the next value, into aggregates as they come; attributes are skipped. False at the end.</summary>
    public bool Read()
    {
        while (ReadAny())
        {
            if (Kind != RespKind.Attribute) return true;
            Skip();
        }

        return false;
    }

    /// <summary>Reads the next value as an integer. False when it is none.</summary>
    public bool TryReadInteger(out long value)
    {
        value = 0;
        return Read() && Kind == RespKind.Integer && Utf8Parser.TryParse(Text, out value, out int used) && used == Text.Length;
    }

    /// <summary>Reads the next value as text. False when it is null or no string.</summary>
    public bool TryReadText(out ReadOnlySpan<byte> text)
    {
        bool isText = Read() && IsText;
        text = isText ? Text : default;
        return isText;
    }

    /// <summary>Reads the head of an array, set, push or map. False when the next value is something else.</summary>
    /// <param name="values">Values to read: of a map, keys and values.</param>
    public bool TryReadAggregate(out int values)
    {
        bool isAggregate = Read() && Kind is RespKind.Array or RespKind.Set or RespKind.Push or RespKind.Map;
        values = isAggregate ? Count : 0;
        return isAggregate;
    }

    /// <summary>Goes past what belongs to the value read last.</summary>
    public void Skip()
    {
        long left = Count;
        while (left > 0 && ReadAny()) left += Count - (Kind == RespKind.Attribute ? 0 : 1);
        Count = 0;
    }

    private bool ReadAny()
    {
        Kind = RespKind.None;
        Text = default;
        Count = 0;
        int end = _rest.IndexOf("\r\n"u8);
        if (end < 1) return false;
        var kind = (RespKind)_rest[0];
        ReadOnlySpan<byte> line = _rest[1..end];
        _rest = _rest[(end + 2)..];
        switch (kind)
        {
            case RespKind.BulkString or RespKind.BlobError or RespKind.Verbatim:
                return ReadPayload(kind, line);
            case RespKind.Array or RespKind.Set or RespKind.Push or RespKind.Map or RespKind.Attribute:
                if (!Utf8Parser.TryParse(line, out int count, out _)) return false;
                Count = kind is RespKind.Map or RespKind.Attribute ? 2 * count : Math.Max(count, 0);
                Kind = count < 0 ? RespKind.Null : kind;
                return true;
            default:
                Text = line;
                Kind = kind;
                return true;
        }
    }

    private bool ReadPayload(RespKind kind, ReadOnlySpan<byte> line)
    {
        if (!Utf8Parser.TryParse(line, out int length, out _)) return false;
        if (length < 0)
        {
            Kind = RespKind.Null;
            return true;
        }

        if (length > _rest.Length - 2) return false;
        Text = kind == RespKind.Verbatim && length >= VerbatimPrefixBytes ? _rest[VerbatimPrefixBytes..length] : _rest[..length];
        Kind = kind;
        _rest = _rest[(length + 2)..];
        return true;
    }
}

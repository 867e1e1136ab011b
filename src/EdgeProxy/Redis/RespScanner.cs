using System.Buffers.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>
/// Finds where frames end, and refuses what is not RESP3. It may be cut at any byte: every byte is looked at once, whatever the pieces.
/// <code>
/// frame     = *attribute value | push
/// value     = "+" text CRLF | "-" text CRLF | ":" integer CRLF | "_" CRLF | "#" ("t" | "f") CRLF | "," double CRLF | "(" [sign] digits CRLF
///           | ("$" | "!") length CRLF bytes CRLF | "=" length CRLF 3byte ":" bytes CRLF | "$-1" CRLF | "*-1" CRLF
///           | ("*" | "~") n CRLF n(value) | "%" n CRLF 2n(value)
/// attribute = "|" n CRLF 2n(value)             push = ">" n CRLF n(value), n at least 1
/// </code>
/// Values inside aggregates may have attributes too. Streamed strings and aggregates ("$?") are refused: no server sends them.
/// </summary>
internal sealed class RespScanner
{
    private enum Step : byte
    {
        Kind,
        Line,
        LineEnd,
        Payload,
        PayloadCr,
        PayloadLf,
    }

    private const int VerbatimPrefixBytes = 4;

    /// <summary>Values that the open aggregates still wait for, outermost first.</summary>
    private readonly long[] _open = new long[Limits.RedisDepthMax];
    private readonly bool[] _isAttribute = new bool[Limits.RedisDepthMax];
    private readonly byte[] _line = new byte[Limits.RedisNumberCharsMax];
    private readonly int _bytesMax;
    private int _depth;
    private Step _step;
    private RespKind _kind;
    private int _lineBytes;
    private bool _hasSign;
    private bool _hasDigits;
    private long _left;
    private long _payloadAt;
    private long _frameBytes;

    public RespScanner(int bytesMax = Limits.RedisReplyBytesMax) => _bytesMax = bytesMax;

    /// <summary>Whether the next byte begins a frame.</summary>
    public bool IsBetweenFrames => _frameBytes == 0;

    /// <summary>Forgets a frame that will not go on, when its connection ended.</summary>
    public void Reset()
    {
        _depth = 0;
        _step = Step.Kind;
        _frameBytes = 0;
    }

    /// <summary>Looks at the next bytes, up to the end of the frame.</summary>
    /// <param name="bytes">What came after the bytes used last.</param>
    /// <param name="used">How many belong to this frame.</param>
    public RespScan Advance(ReadOnlySpan<byte> bytes, out int used)
    {
        used = 0;
        while (used < bytes.Length)
        {
            ReadOnlySpan<byte> rest = bytes[used..];
            RespScan scan = _step switch
            {
                Step.Kind => Begin(rest[0], ref used),
                Step.Line => Line(rest, ref used),
                Step.LineEnd => rest[0] == (byte)'\n' ? EndLine(ref used) : RespScan.Malformed,
                Step.Payload => Payload(rest, ref used),
                Step.PayloadCr => Expect(rest[0], (byte)'\r', Step.PayloadLf, ref used),
                _ => rest[0] == (byte)'\n' ? EndPayload(ref used) : RespScan.Malformed,
            };
            if (scan == RespScan.More) continue;
            if (scan == RespScan.Complete) Reset();
            return scan;
        }

        _frameBytes += used;
        return _frameBytes > _bytesMax ? RespScan.TooLong : RespScan.More;
    }

    private RespScan Begin(byte kind, ref int used)
    {
        // A push stands alone: one inside a value or behind an attribute would leave the next reply without an owner.
        if (kind == (byte)RespKind.Push && (_depth > 0 || _frameBytes + used > 0)) return RespScan.Malformed;
        _kind = (RespKind)kind;
        _lineBytes = 0;
        _hasSign = false;
        _hasDigits = false;
        _step = Step.Line;
        used++;
        return "+-:$*_#,(!=%~|>"u8.Contains(kind) ? RespScan.More : RespScan.Malformed;
    }

    private RespScan Line(ReadOnlySpan<byte> rest, ref int used)
    {
        int end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        ReadOnlySpan<byte> part = end < 0 ? rest : rest[..end];
        if (!AddToLine(part)) return RespScan.Malformed;
        used += part.Length;
        if (end < 0) return RespScan.More;
        if (rest[end] == (byte)'\n') return RespScan.Malformed;
        used++;
        _step = Step.LineEnd;
        return RespScan.More;
    }

    private bool AddToLine(ReadOnlySpan<byte> part)
    {
        switch (_kind)
        {
            case RespKind.SimpleString or RespKind.Error:
                return true;
            case RespKind.BigNumber:
                return AddDigits(part);
            default:
                if (part.Length > _line.Length - _lineBytes) return false;
                part.CopyTo(_line.AsSpan(_lineBytes));
                _lineBytes += part.Length;
                return true;
        }
    }

    /// <summary>A big number may have any number of digits, so they are checked as they come and not kept.</summary>
    private bool AddDigits(ReadOnlySpan<byte> part)
    {
        if (part.Length > 0 && !_hasDigits && !_hasSign && part[0] is (byte)'+' or (byte)'-')
        {
            _hasSign = true;
            part = part[1..];
        }

        if (part.Length == 0) return true;
        _hasDigits = true;
        return !part.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    private RespScan EndLine(ref int used)
    {
        used++;
        ReadOnlySpan<byte> line = _line.AsSpan(0, _lineBytes);
        switch (_kind)
        {
            case RespKind.SimpleString or RespKind.Error:
                return EndValue();
            case RespKind.Null:
                return line.Length == 0 ? EndValue() : RespScan.Malformed;
            case RespKind.Boolean:
                return line.Length == 1 && line[0] is (byte)'t' or (byte)'f' ? EndValue() : RespScan.Malformed;
            case RespKind.BigNumber:
                return _hasDigits ? EndValue() : RespScan.Malformed;
            case RespKind.Integer:
                return Utf8Parser.TryParse(line, out long _, out int parsed) && parsed == line.Length ? EndValue() : RespScan.Malformed;
            case RespKind.Double:
                return RespDouble.IsDouble(line) ? EndValue() : RespScan.Malformed;
            default:
                return EndLength(line);
        }
    }

    private RespScan EndLength(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual("-1"u8)) return _kind is RespKind.BulkString or RespKind.Array ? EndValue() : RespScan.Malformed;
        if (line.Length == 0 || line.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return RespScan.Malformed;
        if (!Utf8Parser.TryParse(line, out long count, out _) || count > int.MaxValue) return RespScan.TooLong;
        switch (_kind)
        {
            case RespKind.BulkString or RespKind.BlobError or RespKind.Verbatim:
                if (count > _bytesMax) return RespScan.TooLong;
                if (_kind == RespKind.Verbatim && count < VerbatimPrefixBytes) return RespScan.Malformed;
                _left = count;
                _payloadAt = 0;
                _step = count == 0 ? Step.PayloadCr : Step.Payload;
                return RespScan.More;
            case RespKind.Map or RespKind.Attribute:
                return Open(2 * count);
            case RespKind.Push when count == 0:
                return RespScan.Malformed;
            default:
                return Open(count);
        }
    }

    private RespScan Open(long values)
    {
        _step = Step.Kind;
        bool isAttribute = _kind == RespKind.Attribute;
        if (values == 0) return isAttribute ? RespScan.More : EndValue();
        if (_depth == _open.Length) return RespScan.TooDeep;
        _isAttribute[_depth] = isAttribute;
        _open[_depth++] = values;
        return RespScan.More;
    }

    private RespScan EndValue()
    {
        _step = Step.Kind;
        while (_depth > 0)
        {
            if (--_open[_depth - 1] > 0) return RespScan.More;
            _depth--;
            // An attribute is not a value: the one it speaks of follows.
            if (_isAttribute[_depth]) return RespScan.More;
        }

        return RespScan.Complete;
    }

    private RespScan Payload(ReadOnlySpan<byte> rest, ref int used)
    {
        int take = (int)Math.Min(_left, rest.Length);
        if (_kind == RespKind.Verbatim && _payloadAt < VerbatimPrefixBytes)
        {
            long colon = VerbatimPrefixBytes - 1 - _payloadAt;
            if (colon < take && rest[(int)colon] != (byte)':') return RespScan.Malformed;
            _payloadAt += take;
        }

        used += take;
        _left -= take;
        if (_left == 0) _step = Step.PayloadCr;
        return RespScan.More;
    }

    private RespScan Expect(byte seen, byte wanted, Step next, ref int used)
    {
        if (seen != wanted) return RespScan.Malformed;
        used++;
        _step = next;
        return RespScan.More;
    }

    private RespScan EndPayload(ref int used)
    {
        used++;
        return EndValue();
    }
}

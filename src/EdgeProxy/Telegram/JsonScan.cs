using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;
using EdgeProxy.Primitives;

namespace EdgeProxy.Telegram;

/// <summary>
/// Forward-only JSON scanner that validates every byte it passes (RFC 8259, no extensions) and never allocates or throws.
/// An error is sticky: <see cref="Failed"/> turns true, every loop over keys ends, and what was read so far must be thrown away.
/// It accepts exactly what Utf8JsonReader accepts, and moreover refuses invalid UTF-8 inside strings. Decided like there:
/// a byte order mark is refused, lone surrogate escapes (\ud800) pass, because Telegram's bytes are handed on as they came.
/// Why not Utf8JsonReader: Telegram escapes all non-ASCII as \uXXXX, and a 22 KB Cyrillic text costs it 61 µs (see BUILD-FACTS).
/// </summary>
internal ref struct JsonScan
{
    private readonly ReadOnlySpan<byte> _data;
    private int _at;
    private int _depth;
    private bool _first;

    /// <summary>Validates the UTF-8 of the whole text at once: nearly free for ASCII, and the rest may stay bytewise.</summary>
    public JsonScan(ReadOnlySpan<byte> data)
    {
        _data = data;
        Failed = !Utf8.IsValid(data);
    }

    /// <summary>The text is not JSON.</summary>
    public bool Failed { get; private set; }

    /// <summary>Where the next token begins after a <see cref="Peek"/>, or where the last value ended.</summary>
    public readonly int Position => _at;

    /// <summary>The first byte of the next token after white space, not consumed; 0 at the end or after an error.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Peek() => (uint)_at < (uint)_data.Length && _data[_at] > ' ' && !Failed ? _data[_at] : PeekPastSpace();

    // Telegram writes no white space, so this is seldom called.
    private byte PeekPastSpace()
    {
        ReadOnlySpan<byte> data = _data;
        int at = _at;
        while ((uint)at < (uint)data.Length && data[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') at++;
        _at = at;
        return (uint)at < (uint)data.Length && !Failed ? data[at] : (byte)0;
    }

    /// <summary>Only white space is left. Anything else is an error.</summary>
    public void ExpectEnd()
    {
        if (Peek() != 0 || _at < _data.Length) Failed = true;
    }

    /// <summary>Enters the object that must come next; then call <see cref="NextKey"/> until it returns false.</summary>
    public void BeginObject()
    {
        if (Peek() != '{' || ++_depth > Limits.JsonDepthMax) Failed = true;
        _at++;
        _first = true;
    }

    /// <summary>
    /// Moves to the next value of the object; the caller must read or skip it. False at the object's end or after an error.
    /// </summary>
    /// <param name="key">The raw key; a key that is written with escapes keeps them, so it equals no known name.</param>
    public bool NextKey(out ReadOnlySpan<byte> key)
    {
        key = default;
        byte next = Peek();
        if (next == '}')
        {
            // "{" and "…value" may be followed by "}", a comma may not: the comma is consumed below together with its key.
            _at++;
            _depth--;
            _first = false;
            return false;
        }

        if (!_first)
        {
            if (next != ',') return Fail();
            _at++;
        }

        _first = false;
        key = ReadString(out _);
        Colon();
        return !Failed;
    }

    /// <summary>Reads the string that must come next: the raw bytes between its quotes, escapes as they are.</summary>
    /// <param name="offset">Where those bytes begin in the text.</param>
    public ReadOnlySpan<byte> ReadString(out int offset)
    {
        offset = 0;
        if (Peek() != '"')
        {
            Failed = true;
            return default;
        }

        int start = _at + 1;
        int end = StringEnd(_data, start);
        if (end < 0)
        {
            Failed = true;
            return default;
        }

        _at = end + 1;
        offset = start;
        return _data[start..end];
    }

    /// <summary>
    /// Reads any value. True and the number when it is an integer of 64 bits written without fraction and exponent;
    /// other values are skipped.
    /// </summary>
    public bool ReadInt64(out long value)
    {
        value = 0;
        byte next = Peek();
        if (next == '-' || char.IsAsciiDigit((char)next)) return Number(out value);
        SkipValue();
        return false;
    }

    /// <summary>Reads any value. True and the number of its items when it is an array; other values are skipped.</summary>
    public bool ReadArrayCount(out int count)
    {
        count = 0;
        if (Peek() != '[')
        {
            SkipValue();
            return false;
        }

        if (++_depth > Limits.JsonDepthMax) return Fail();
        _at++;
        if (Peek() != ']')
        {
            do
            {
                SkipValue();
                count++;
            }
            while (!Failed && Peek() == ',' && ++_at > 0);
            if (Peek() != ']') return Fail();
        }

        _at++;
        _depth--;
        return !Failed;
    }

    /// <summary>Skips and validates the next value. Iterative: a bit per open level tells objects from arrays.</summary>
    public void SkipValue()
    {
        int floor = _depth;
        ulong objects = 0;
        do
        {
            byte opener = Scalar();
            if (Failed) return;
            if (opener != 0)
            {
                if (++_depth > Limits.JsonDepthMax)
                {
                    Failed = true;
                    return;
                }

                objects = (objects << 1) | (opener == '{' ? 1UL : 0);
                if (Peek() != (opener == '{' ? '}' : ']'))
                {
                    if (opener == '{') Key();
                    continue;
                }
            }

            CloseOrStep(floor, ref objects);
        }
        while (_depth > floor && !Failed);
    }

    // After a value: closes every level that ends here, or steps over a comma (and key) to the next value.
    private void CloseOrStep(int floor, ref ulong objects)
    {
        while (_depth > floor)
        {
            bool inObject = (objects & 1) != 0;
            byte next = Peek();
            if (next == ',')
            {
                _at++;
                if (inObject) Key();
                return;
            }

            if (next != (inObject ? '}' : ']'))
            {
                Failed = true;
                return;
            }

            _at++;
            _depth--;
            objects >>= 1;
        }
    }

    // Passes a string, number or literal and returns 0; an opening bracket is passed and returned.
    private byte Scalar()
    {
        byte next = Peek();
        switch (next)
        {
            case (byte)'"':
                ReadString(out _);
                return 0;
            case (byte)'{':
            case (byte)'[':
                _at++;
                return next;
            case (byte)'t':
                Literal("true"u8);
                return 0;
            case (byte)'f':
                Literal("false"u8);
                return 0;
            case (byte)'n':
                Literal("null"u8);
                return 0;
            default:
                Number(out _);
                return 0;
        }
    }

    private void Key()
    {
        ReadString(out _);
        Colon();
    }

    private void Colon()
    {
        if (Peek() != ':') Failed = true;
        _at++;
    }

    private void Literal(ReadOnlySpan<byte> word)
    {
        if (!_data[_at..].StartsWith(word)) Failed = true;
        _at += word.Length;
    }

    // -? ( 0 | [1-9][0-9]* ) ( . [0-9]+ )? ( [eE] [+-]? [0-9]+ )?   (RFC 8259 §6). True when it is an integer that fits.
    private bool Number(out long value)
    {
        value = 0;
        ReadOnlySpan<byte> data = _data;
        int at = _at;
        bool negative = (uint)at < (uint)data.Length && data[at] == '-';
        if (negative) at++;
        int first = at;
        ulong magnitude = 0;
        bool fits = true;
        for (; (uint)at < (uint)data.Length && char.IsAsciiDigit((char)data[at]); at++)
        {
            fits &= magnitude <= (ulong.MaxValue - 9) / 10;
            magnitude = (magnitude * 10) + data[at] - '0';
        }

        if (at == first || (data[first] == '0' && at > first + 1)) return Fail();
        if ((uint)at < (uint)data.Length && data[at] == '.')
        {
            fits = false;
            if (!Digits(data, ref at)) return Fail();
        }

        if ((uint)at < (uint)data.Length && data[at] is (byte)'e' or (byte)'E')
        {
            fits = false;
            if (at + 1 < data.Length && data[at + 1] is (byte)'+' or (byte)'-') at++;
            if (!Digits(data, ref at)) return Fail();
        }

        _at = at;
        if (!fits || magnitude > (negative ? 1UL << 63 : long.MaxValue)) return false;
        value = negative ? unchecked((long)(0 - magnitude)) : (long)magnitude;
        return true;
    }

    // Steps over one byte and the digits behind it; false when there are none.
    private static bool Digits(ReadOnlySpan<byte> data, ref int at)
    {
        int first = ++at;
        while ((uint)at < (uint)data.Length && char.IsAsciiDigit((char)data[at])) at++;
        return at > first;
    }

    private bool Fail()
    {
        Failed = true;
        return false;
    }

    // The index of the closing quote, or -1. 16 bytes at a time: only a quote, a backslash or a control character stops the stride.
    private static int StringEnd(ReadOnlySpan<byte> data, int at)
    {
        Vector128<byte> quote = Vector128.Create((byte)'"');
        Vector128<byte> backslash = Vector128.Create((byte)'\\');
        Vector128<byte> space = Vector128.Create((byte)' ');
        while (true)
        {
            uint stops = 0;
            while (at <= data.Length - Vector128<byte>.Count)
            {
                Vector128<byte> bytes = Vector128.Create(data.Slice(at, Vector128<byte>.Count));
                stops = (Vector128.Equals(bytes, quote) | Vector128.Equals(bytes, backslash) | Vector128.LessThan(bytes, space))
                    .ExtractMostSignificantBits();
                if (stops != 0) break;
                at += Vector128<byte>.Count;
            }

            if (stops != 0) at += BitOperations.TrailingZeroCount(stops);
            else while ((uint)at < (uint)data.Length && data[at] is >= (byte)' ' and not ((byte)'"' or (byte)'\\')) at++;

            if ((uint)at >= (uint)data.Length) return -1;
            if (data[at] == '"') return at;
            if (data[at] != '\\') return -1;
            at = EscapesEnd(data, at);
            if (at < 0) return -1;
        }
    }

    // Passes a run of escapes (Cyrillic words are nothing else); -1 when one is malformed or the text ends in it.
    private static int EscapesEnd(ReadOnlySpan<byte> data, int at)
    {
        while ((uint)at < (uint)data.Length && data[at] == '\\')
        {
            if (at <= data.Length - Vector128<byte>.Count && AreTwoLetters(Vector128.Create(data.Slice(at, Vector128<byte>.Count))))
            {
                at += 12;
                continue;
            }

            if (at + 1 >= data.Length) return -1;
            switch (data[at + 1])
            {
                case (byte)'u':
                    if (at + 6 > data.Length || !AreHex(data.Slice(at + 2, 4))) return -1;
                    at += 6;
                    break;
                case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                    at += 2;
                    break;
                default:
                    return -1;
            }
        }

        return at;
    }

    // \uXXXX\uXXXX in the first twelve bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreTwoLetters(Vector128<byte> bytes)
    {
        const uint Marks = 0b0000_1100_0011;
        const uint Digits = 0b1111_0011_1100;
        Vector128<byte> marks = Vector128.Equals(bytes, Vector128.Create("\\u____\\u________"u8));
        Vector128<byte> decimals = Vector128.LessThan(bytes - Vector128.Create((byte)'0'), Vector128.Create((byte)10));
        Vector128<byte> letters = Vector128.LessThan((bytes | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a'), Vector128.Create((byte)6));
        return (marks.ExtractMostSignificantBits() & Marks) == Marks && ((decimals | letters).ExtractMostSignificantBits() & Digits) == Digits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreHex(ReadOnlySpan<byte> four) =>
        char.IsAsciiHexDigit((char)four[0]) && char.IsAsciiHexDigit((char)four[1]) &&
        char.IsAsciiHexDigit((char)four[2]) && char.IsAsciiHexDigit((char)four[3]);
}

namespace EdgeProxy.Telegram;

/// <summary>Walks over name=value&amp;name=value (WHATWG URL, application/x-www-form-urlencoded), undecoded. Never throws.</summary>
internal ref struct FormPairs(ReadOnlySpan<byte> form)
{
    private readonly ReadOnlySpan<byte> _form = form;
    private int _at;

    /// <summary>The next pair's places in the text. A pair without "=" has an empty value; empty pairs are skipped.</summary>
    public bool Next(out Range name, out Range value)
    {
        name = value = default;
        while (_at < _form.Length)
        {
            int length = _form[_at..].IndexOf((byte)'&');
            int start = _at;
            int end = length < 0 ? _form.Length : start + length;
            _at = end + 1;
            if (end == start) continue;
            int equals = _form[start..end].IndexOf((byte)'=');
            int nameEnd = equals < 0 ? end : start + equals;
            name = start..nameEnd;
            value = Math.Min(nameEnd + 1, end)..end;
            return true;
        }

        return false;
    }

    /// <summary>The text decoded; as the other one.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        byte[] decoded = new byte[text.Length];
        return decoded[..Decode(text, decoded)];
    }

    /// <summary>"+" is a space, %XX a byte; anything else, a broken %XX too, stays. The target must be as long as the text.</summary>
    /// <returns>Bytes written.</returns>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> target)
    {
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            if (value == '+')
            {
                value = (byte)' ';
            }
            else if (value == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                value = (byte)((Digit(text[i + 1]) << 4) | Digit(text[i + 2]));
                i += 2;
            }

            target[length++] = value;
        }

        return length;
    }

    private static int Digit(byte hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}

namespace EdgeProxy.Redis;

/// <summary>
/// The text of a double: [sign] digits [. digits] [e [sign] digits], or inf, or nan with an optional sign. Redis prints %.17g.
/// </summary>
internal static class RespDouble
{
    public static bool IsDouble(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = WithoutSign(text);
        if (rest.SequenceEqual("inf"u8) || rest.SequenceEqual("nan"u8)) return true;
        if (!TakeDigits(ref rest)) return false;
        if (rest.Length > 0 && rest[0] == (byte)'.')
        {
            rest = rest[1..];
            if (!TakeDigits(ref rest)) return false;
        }

        if (rest.Length > 0 && rest[0] is (byte)'e' or (byte)'E')
        {
            rest = WithoutSign(rest[1..]);
            if (!TakeDigits(ref rest)) return false;
        }

        return rest.Length == 0;
    }

    private static ReadOnlySpan<byte> WithoutSign(ReadOnlySpan<byte> text) =>
        text.Length > 0 && text[0] is (byte)'+' or (byte)'-' ? text[1..] : text;

    private static bool TakeDigits(ref ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        int digits = end < 0 ? text.Length : end;
        text = text[digits..];
        return digits > 0;
    }
}

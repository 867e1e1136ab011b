using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EdgeProxy.Outbox;

/// <summary>
/// A message's or broadcast's id: a positive 63-bit number that rises with time, so that new rows stand side by side on disk.
/// Milliseconds since 2020 in the upper 42 bits, a counter below. Text form: 16 lower-case hex digits.
/// </summary>
internal readonly record struct MessageId(long Value)
{
    public const int TextChars = 16;

    public static bool TryParse([NotNullWhen(true)] string? text, out MessageId id)
    {
        id = default;
        if (text is not { Length: TextChars }) return false;
        if (!long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value) || value <= 0) return false;
        id = new MessageId(value);
        return id.ToString() == text;
    }

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

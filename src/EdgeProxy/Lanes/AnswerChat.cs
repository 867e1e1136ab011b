using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Lanes;

/// <summary>Reads the chat of an answered message: {"ok":true,"result":{"chat":{"id":…,"username":…}}}; of an album, its first item's.</summary>
internal static class AnswerChat
{
    /// <summary>False when the answer shows no chat id. The name is "@name", lower case, or null. Never throws.</summary>
    public static bool TryRead(ReadOnlySpan<byte> answer, out long id, out string? name)
    {
        (id, name) = (0, null);
        ReadOnlySpan<byte> message = First(Value(answer, "result"u8));
        ReadOnlySpan<byte> chat = Value(message, "chat"u8);
        JsonScan scan = new(chat);
        if (scan.Peek() != '{') return false;
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual("id"u8)) scan.ReadInt64(out id);
            else if (key.SequenceEqual("username"u8) && scan.Peek() == '"') name = NameOf(scan.ReadString(out _));
            else scan.SkipValue();
        }

        return !scan.Failed && id != 0;
    }

    // The raw value of a key of an object; the rest is not read, since the answer was validated when it came.
    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> wanted)
    {
        JsonScan scan = new(text);
        if (scan.Peek() != '{') return default;
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            bool found = key.SequenceEqual(wanted);
            scan.Peek();
            int start = scan.Position;
            scan.SkipValue();
            if (found && !scan.Failed) return text[start..scan.Position];
        }

        return default;
    }

    // The first item of an array; another value as it is.
    private static ReadOnlySpan<byte> First(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '[') return text;
        JsonScan scan = new(text[1..]);
        if (scan.Peek() == ']') return default;
        int start = 1 + scan.Position;
        scan.SkipValue();
        return scan.Failed ? default : text[start..(1 + scan.Position)];
    }

    // Usernames are letters, digits and underscores: nothing to unescape.
    private static string? NameOf(ReadOnlySpan<byte> raw) =>
        raw.IsEmpty || raw.Length >= Limits.ChatNameBytesMax ? null : "@" + Encoding.UTF8.GetString(raw).ToLowerInvariant();
}

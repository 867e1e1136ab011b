using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>Reads message_id of an answer: of result, or of its first item when it is an array (sendMediaGroup, copyMessages, forwardMessages).</summary>
internal static class AnswerMessage
{
    /// <summary>False when the answer names none, as after edits of inline messages. Never throws.</summary>
    public static bool TryRead(ReadOnlySpan<byte> answer, out long id)
    {
        id = 0;
        JsonScan scan = new(answer);
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            if (!key.SequenceEqual("result"u8))
            {
                scan.SkipValue();
                continue;
            }

            byte first = scan.Peek();
            if (first == '[') return ReadObject(answer[(scan.Position + 1)..], out id);
            return first == '{' && ReadObject(answer[scan.Position..], out id);
        }

        return false;
    }

    private static bool ReadObject(ReadOnlySpan<byte> text, out long id)
    {
        id = 0;
        JsonScan scan = new(text);
        if (scan.Peek() != '{') return false;
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual("message_id"u8)) return scan.ReadInt64(out id) && !scan.Failed;
            scan.SkipValue();
        }

        return false;
    }
}

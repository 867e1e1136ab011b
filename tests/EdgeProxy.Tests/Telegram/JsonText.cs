using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Telegram;

/// <summary>Random JSON, and random damage to it. Everything follows from the given Random, so a seed replays a run.</summary>
internal static class JsonText
{
    /// <summary>Seeds from the whole range; FsCheck's own integers grow with the test's size and repeat.</summary>
    public static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();

    private static readonly string[] Keys =
    [
        "update_id", "message", "callback_query", "poll", "inline_query", "chat", "from", "user", "id", "type", "text", "caption",
        "message_id", "message_thread_id", "date", "brand_new", "", "a", "\\u0075pdate_id", "ключ",
    ];

    private static readonly string[] Scalars =
    [
        "0", "-0", "1", "-1", "12345678901234567890", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "-9223372036854775809", "1.0", "1e3", "1E+3", "-2.5e-7", "0.0", "true", "false", "null", "\"\"", "\"/start\"", "\"private\"",
        "\"\\u0418\\u0432\\u0430\\u043d \\ud83d\\ude00\"", "\"\\ud800\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"Привет, 世界 🙂\"",
        "\"plain text that is longer than one stride of sixteen bytes\"", "\"1\"",
        new string('9', 400), "01", "-", "+1", ".5", "1.", "1e", "NaN", "Infinity", "nul", "tru", "'a'", "\"\\x\"", "\"\\u12g4\"",
        "\"\u0001\"", "\"tab\t\"", "\"\u007f\"", "/*c*/1",
    ];

    // So many of the first ones are legal; most of the rest must be refused.
    private const int LegalScalars = 26;

    public static string Value(Random random, int depth, bool legal)
    {
        StringBuilder text = new();
        Write(text, random, depth, legal);
        return text.ToString();
    }

    public static string Update(Random random, bool legal)
    {
        StringBuilder text = new("{");
        int count = random.Next(0, 5);
        int idAt = random.Next(0, 6);
        for (int i = 0; i < count; i++)
        {
            if (i > 0) text.Append(',');
            Space(text, random);
            string key = i == idAt ? "update_id" : Keys[random.Next(Keys.Length)];
            text.Append('"').Append(key).Append('"');
            Space(text, random);
            text.Append(':');
            if (key == "update_id" && random.Next(3) > 0) text.Append(random.Next());
            else Write(text, random, 4, legal);
        }

        text.Append('}');
        Space(text, random);
        return text.ToString();
    }

    /// <summary>Cuts, flips, inserts or doubles a few bytes.</summary>
    public static byte[] Damage(byte[] text, Random random)
    {
        List<byte> bytes = [.. text];
        for (int i = random.Next(1, 4); i > 0 && bytes.Count > 0; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0: bytes.RemoveRange(at, bytes.Count - at); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.Insert(at, (byte)"{}[]\",:\\0 u\0e.-\xFF"[random.Next(16)]); break;
                default: bytes.RemoveAt(at); break;
            }
        }

        return [.. bytes];
    }

    private static void Write(StringBuilder text, Random random, int depth, bool legal)
    {
        Space(text, random);
        int choice = depth <= 0 ? 0 : random.Next(4);
        if (choice < 2)
        {
            text.Append(Scalars[random.Next(legal ? LegalScalars : Scalars.Length)]);
        }
        else
        {
            text.Append(choice == 2 ? '[' : '{');
            for (int i = 0, count = random.Next(0, 4); i < count; i++)
            {
                if (i > 0) text.Append(',');
                if (choice == 3) text.Append('"').Append(Keys[random.Next(Keys.Length)]).Append("\":");
                Write(text, random, depth - 1, legal);
            }

            text.Append(choice == 2 ? ']' : '}');
        }

        Space(text, random);
    }

    private static void Space(StringBuilder text, Random random)
    {
        if (random.Next(8) == 0) text.Append(" \t\r\n"[random.Next(4)]);
    }
}

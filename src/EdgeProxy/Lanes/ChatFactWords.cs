using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace EdgeProxy.Lanes;

/// <summary>
/// Facts about chats as processes tell them to one another, words with a space between them:
/// <code>
/// s&lt;bot&gt;:&lt;chat&gt;             suppressed        l&lt;bot&gt;:&lt;chat&gt;   lifted
/// m&lt;bot&gt;:&lt;chat&gt;:&lt;became&gt;    migrated          n&lt;bot&gt;:&lt;chat&gt;:&lt;@name&gt;
/// h&lt;base64 of hashes, 8 bytes each, little-endian&gt;    wrote just now
/// </code>
/// </summary>
internal static class ChatFactWords
{
    // What Telegram allows and room for more; anything else a caller made up.
    private const int NameCharsMax = 64;

    public static void AddSuppression(StringBuilder words, ChatKey key, bool suppressed) =>
        Next(words).Append(CultureInfo.InvariantCulture, $"{(suppressed ? 's' : 'l')}{key.Bot}:{key.Chat}");

    public static void AddMigration(StringBuilder words, ChatKey key, long became) =>
        Next(words).Append(CultureInfo.InvariantCulture, $"m{key.Bot}:{key.Chat}:{became}");

    /// <summary>False when the name cannot be told.</summary>
    public static bool AddName(StringBuilder words, long bot, string name, long chatId)
    {
        if (name.Length > NameCharsMax || !Ascii.IsValid(name) || name.Contains(' ')) return false;
        Next(words).Append(CultureInfo.InvariantCulture, $"n{bot}:{chatId}:{name}");
        return true;
    }

    public static string OfHeard(ReadOnlySpan<ulong> hashes) => "h" + Convert.ToBase64String(MemoryMarshal.AsBytes(hashes));

    /// <summary>Takes over what the words say, but for chats of which memory knows better. Words of a newer version are passed over.</summary>
    public static void Apply(ReadOnlySpan<char> words, ChatFacts facts, Func<ChatKey, bool> newer)
    {
        foreach (Range range in words.Split(' '))
        {
            ReadOnlySpan<char> word = words[range];
            if (word is ['h', ..]) ApplyHeard(word[1..], facts);
            else if (word.Length > 1) ApplyFact(word[0], word[1..], facts, newer);
        }
    }

    private static void ApplyFact(char kind, ReadOnlySpan<char> word, ChatFacts facts, Func<ChatKey, bool> newer)
    {
        if (!TryNumber(ref word, out long bot) || !TryNumber(ref word, out long chat)) return;
        ChatKey key = new(bot, chat);
        if (kind == 'n' && word is ['@', ..]) facts.TakeName(bot, word.ToString(), chat);
        else if (kind is 's' or 'l' && !newer(key)) facts.TakeSuppression(key, kind == 's');
        else if (kind == 'm' && TryNumber(ref word, out long became)) facts.TakeMigration(key, became);
    }

    private static void ApplyHeard(ReadOnlySpan<char> text, ChatFacts facts)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(text.Length);
        if (Convert.TryFromBase64Chars(text, bytes, out int count))
        {
            foreach (ulong hash in MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan(0, count))) facts.TakeHeard(hash);
        }

        ArrayPool<byte>.Shared.Return(bytes);
    }

    // Takes a number and the colon behind it.
    private static bool TryNumber(ref ReadOnlySpan<char> word, out long number)
    {
        int colon = word.IndexOf(':');
        ReadOnlySpan<char> digits = colon < 0 ? word : word[..colon];
        word = colon < 0 ? default : word[(colon + 1)..];
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private static StringBuilder Next(StringBuilder words) => words.Length == 0 ? words : words.Append(' ');
}

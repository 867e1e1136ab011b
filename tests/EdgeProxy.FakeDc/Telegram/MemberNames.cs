namespace EdgeProxy.FakeDc.Telegram;

/// <summary>
/// Names of synthetic members, the same for the same number: one in five begins with "m", so that in a large group that letter alone is more
/// than a list shows; one in twenty is Cyrillic, one in fifty begins with a digit. Every tenth has a username.
/// </summary>
internal static class MemberNames
{
    private const string Latin = "abcdefghijklmnopqrstuvwxyz";
    private const string Cyrillic = "абвгдежзиклмнопрстуфхцчшщэюя";
    private const string Digits = "0123456789";
    private const int Letters = 5;

    public static (string First, string Last, string Username) Of(int number)
    {
        var state = ((ulong)number + 1) * 0x9E3779B97F4A7C15;
        var kind = Next(ref state, 100);
        var alphabet = kind < 5 ? Cyrillic : Latin;
        var initial = kind switch
        {
            < 5 => Cyrillic[Next(ref state, Cyrillic.Length)],
            < 7 => Digits[Next(ref state, Digits.Length)],
            < 27 => 'm',
            _ => Latin[Next(ref state, Latin.Length)],
        };
        var first = Word(ref state, alphabet, initial);
        var last = Word(ref state, alphabet, alphabet[Next(ref state, alphabet.Length)]);
        var username = number % 10 == 0 ? $"{Word(ref state, Latin, Latin[Next(ref state, Latin.Length)])}_{number}" : "";
        return (first, last, username);
    }

    private static string Word(ref ulong state, string alphabet, char initial)
    {
        var letters = new char[Letters];
        letters[0] = char.ToUpperInvariant(initial);
        for (var i = 1; i < letters.Length; i++)
            letters[i] = alphabet[Next(ref state, alphabet.Length)];
        return new string(letters);
    }

    private static int Next(ref ulong state, int below)
    {
        // xorshift64*: enough for names, and the same on every machine.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return (int)(unchecked(state * 0x2545F4914F6CDD1D) >> 33) % below;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EdgeProxy.Primitives;

namespace EdgeProxy.Telegram;

/// <summary>A bot's token, "&lt;bot id&gt;:&lt;secret&gt;". Never printed whole: <see cref="ToString"/> is redacted.</summary>
internal sealed class BotToken
{
    private readonly string _value;

    private BotToken(string value, long botId)
    {
        _value = value;
        BotId = botId;
    }

    /// <summary>The number before the colon: the bot's user id, stable when the secret is rotated.</summary>
    public long BotId { get; }

    /// <summary>The whole token. Only for building a request to Telegram or comparing with one.</summary>
    public string Reveal() => _value;

    /// <summary>The id and three stars, safe for logs.</summary>
    public override string ToString() => $"{BotId}:***";

    /// <summary>Whether <paramref name="text"/> is this token. Time depends on the lengths only, never on where the two differ.</summary>
    public bool Matches(ReadOnlySpan<char> text) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(_value.AsSpan()), MemoryMarshal.AsBytes(text));

    /// <summary>
    /// Accepts digits without a leading zero, a colon and at least one of A–Z a–z 0–9 _ - , at most
    /// <see cref="Limits.BotTokenCharsMax"/> characters; anything else is refused.
    /// </summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out BotToken? token)
    {
        token = null;
        if (text is null || text.Length > Limits.BotTokenCharsMax || text.StartsWith('0')) return false;
        int colon = text.IndexOf(':');
        if (colon is < 1 or > 19 || colon == text.Length - 1) return false;
        if (!long.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out long id) || id <= 0) return false;
        foreach (char c in text.AsSpan(colon + 1))
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        }

        token = new BotToken(text, id);
        return true;
    }
}

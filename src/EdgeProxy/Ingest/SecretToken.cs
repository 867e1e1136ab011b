using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Primitives;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Ingest;

/// <summary>The secret_token of setWebhook and the header that brings it back.</summary>
internal static class SecretToken
{
    public const string Header = "X-Telegram-Bot-Api-Secret-Token";

    /// <summary>The same as bytes.</summary>
    public static ReadOnlySpan<byte> HeaderBytes => "X-Telegram-Bot-Api-Secret-Token"u8;

    /// <summary>1–256 of A–Z a–z 0–9 _ - (Bot API, setWebhook).</summary>
    public static bool IsLegal(string text)
    {
        if (text.Length is 0 or > Limits.SecretTokenCharsMax) return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')) return false;
        }

        return true;
    }

    /// <summary>Compares in time that depends on the expected secret's length alone. An empty secret admits everyone.</summary>
    public static bool Matches(ReadOnlySpan<byte> secret, StringValues header)
    {
        if (secret.IsEmpty) return true;
        string given = header.Count == 1 ? header[0] ?? "" : "";
        Span<byte> bytes = stackalloc byte[Limits.SecretTokenCharsMax];
        if (given.Length > bytes.Length || !Ascii.IsValid(given)) return false;
        int length = Encoding.ASCII.GetBytes(given, bytes);
        return MatchesRaw(secret, bytes[..length]);
    }

    /// <summary>The same for a header that was given once, as bytes.</summary>
    public static bool MatchesRaw(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> header) =>
        secret.IsEmpty || CryptographicOperations.FixedTimeEquals(header, secret);
}

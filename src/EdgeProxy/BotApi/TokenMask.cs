using System.Text;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// Takes a bot's secret out of what the holder of a client token gets: the file_path of a local Bot API server's getFile holds the whole token, and so
/// does a redirect's Location. Each of its characters becomes a star, so that lengths stay.
/// </summary>
internal static class TokenMask
{
    public static ReadOnlyMemory<byte> Hide(ReadOnlyMemory<byte> body, BotToken token)
    {
        byte[] secret = Encoding.ASCII.GetBytes(SecretOf(token));
        if (body.Span.IndexOf(secret) < 0) return body;
        byte[] masked = body.ToArray();
        Span<byte> rest = masked;
        for (int at = rest.IndexOf(secret); at >= 0; at = rest.IndexOf(secret))
        {
            rest.Slice(at, secret.Length).Fill((byte)'*');
            rest = rest[(at + secret.Length)..];
        }

        return masked;
    }

    public static string Hide(string text, BotToken token)
    {
        string secret = SecretOf(token);
        return text.Replace(secret, new string('*', secret.Length), StringComparison.Ordinal);
    }

    private static string SecretOf(BotToken token) => token.Reveal()[(token.Reveal().IndexOf(':') + 1)..];
}

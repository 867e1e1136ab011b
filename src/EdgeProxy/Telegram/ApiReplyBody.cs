using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Telegram;

/// <summary>
/// Reads what EdgeProxy needs of a Bot API answer: {"ok":…,"description":…,"parameters":{"retry_after":…,"migrate_to_chat_id":…}}.
/// Source: Bot API, "Making requests" and ResponseParameters. Validates the whole answer; never throws.
/// </summary>
internal static class ApiReplyBody
{
    /// <param name="status">HTTP status.</param>
    /// <param name="body">The answer's bytes; they become the reply's body.</param>
    /// <param name="headerRetryAfterS">Retry-After, seconds, used when the body has none; 0 when absent.</param>
    /// <param name="token">Taken out of the description, should a server between us and Telegram quote the URL.</param>
    public static ApiReply Read(int status, byte[] body, int headerRetryAfterS, BotToken token)
    {
        JsonScan scan = new(body);
        bool ok = false;
        long retryAfterS = 0;
        long migrateTo = 0;
        int descriptionOffset = 0;
        int descriptionLength = 0;
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual("ok"u8))
            {
                ok = scan.Peek() == 't';
                scan.SkipValue();
            }
            else if (key.SequenceEqual("description"u8) && scan.Peek() == '"')
            {
                descriptionLength = scan.ReadString(out descriptionOffset).Length;
            }
            else if (key.SequenceEqual("parameters"u8) && scan.Peek() == '{')
            {
                ReadParameters(ref scan, out retryAfterS, out migrateTo);
            }
            else
            {
                scan.SkipValue();
            }
        }

        scan.ExpectEnd();
        if (scan.Failed) return new ApiReply(status, body, false, headerRetryAfterS, $"HTTP {status} without a Bot API answer");
        int waitS = retryAfterS > 0 ? (int)Math.Min(retryAfterS, int.MaxValue) : headerRetryAfterS;
        if (ok) return new ApiReply(status, body, true, waitS, null) { IsBotApi = true };
        string description = descriptionLength == 0
            ? $"HTTP {status} without a description"
            : Clean(Unescape(body.AsSpan(descriptionOffset - 1, descriptionLength + 2)), token);
        return new ApiReply(status, body, false, waitS, description) { MigrateToChatId = migrateTo, IsBotApi = true };
    }

    private static void ReadParameters(ref JsonScan scan, out long retryAfterS, out long migrateTo)
    {
        retryAfterS = migrateTo = 0;
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual("retry_after"u8)) scan.ReadInt64(out retryAfterS);
            else if (key.SequenceEqual("migrate_to_chat_id"u8)) scan.ReadInt64(out migrateTo);
            else scan.SkipValue();
        }
    }

    // The scan proved the syntax; what can still fail is a lone surrogate escape, which no .NET string from UTF-8 may hold.
    private static string Unescape(ReadOnlySpan<byte> quoted)
    {
        try
        {
            Utf8JsonReader reader = new(quoted);
            reader.Read();
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(quoted);
        }
    }

    private static string Clean(string description, BotToken token)
    {
        string whole = token.Reveal();
        string secret = whole[(whole.IndexOf(':') + 1)..];
        string clean = description.Replace(whole, token.ToString(), StringComparison.Ordinal)
            .Replace(secret, "***", StringComparison.Ordinal);
        return clean.Length <= Limits.ApiDescriptionCharsMax ? clean : clean[..Limits.ApiDescriptionCharsMax];
    }
}

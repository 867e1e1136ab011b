using System.Globalization;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Lanes;

/// <summary>What an answer means for sending again. Source: TELEGRAM-FACTS "Limits" and "Errors".</summary>
internal static class SendClassifier
{
    private const string Flood = "Too Many Requests: retry after ";

    /// <param name="reply">Telegram's answer, or why there is none.</param>
    /// <param name="retryAfterS">For RetryAfter: seconds, at least 1; else 0.</param>
    public static SendOutcome Of(in ApiReply reply, out int retryAfterS)
    {
        retryAfterS = 0;
        switch (reply.Status)
        {
            case 0:
                return reply.NotSent ? SendOutcome.NotSent : SendOutcome.Unknown;
            case >= 200 and < 300:
                // Not ok, or no Bot API answer at all: somebody took it, and nobody knows what became of it.
                return reply.Ok ? SendOutcome.Sent : SendOutcome.Unknown;
            case 429:
                retryAfterS = reply.RetryAfterS > 0 ? reply.RetryAfterS : FloodIn(reply.Description) is var named and > 0 ? named : Limits.FloodDefaultS;
                return SendOutcome.RetryAfter;
            case 400 when reply.MigrateToChatId != 0:
                return SendOutcome.Migrated;
            case 400 when FloodIn(reply.Description) is var hidden and > 0:
                // An album's: one of its items was refused for the limit, so none was sent.
                retryAfterS = Math.Max(hidden, reply.RetryAfterS);
                return SendOutcome.RetryAfter;
            case 403 when reply.IsBotApi:
                return SendOutcome.Blocked;
            case 504:
                return SendOutcome.Unknown;
            case >= 500:
                return SendOutcome.ServerError;
            default:
                // A redirect too: it is not followed, so nothing was accepted.
                return SendOutcome.Rejected;
        }
    }

    // The number behind the words of a 429; 0 when they are not there.
    private static int FloodIn(string? description)
    {
        int at = description?.IndexOf(Flood, StringComparison.OrdinalIgnoreCase) ?? -1;
        if (at < 0) return 0;
        ReadOnlySpan<char> text = description.AsSpan(at + Flood.Length);
        int digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits >= 0) text = text[..digits];
        if (text.IsEmpty) return 0;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? Math.Max(1, seconds) : int.MaxValue;
    }
}

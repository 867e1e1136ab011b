using System.Globalization;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using Microsoft.AspNetCore.WebUtilities;

namespace EdgeProxy.Ingest;

/// <summary>The answers of the short way, as Kestrel writes them, with the Date that an origin server owes (RFC 9110 §6.6.1).</summary>
internal sealed class WebhookAnswers(TimeProvider time)
{
    private Stamped _last = Stamp(time.GetUtcNow());

    /// <summary>200 without a body; made once a second.</summary>
    public ReadOnlySpan<byte> Ok
    {
        get
        {
            DateTimeOffset now = time.GetUtcNow();
            Stamped last = Volatile.Read(ref _last);
            if (now.ToUnixTimeSeconds() != last.UnixS) Volatile.Write(ref _last, last = Stamp(now));
            return last.Bytes;
        }
    }

    /// <summary>Counts a refusal and writes what <see cref="WebhookEndpoint"/> would.</summary>
    public ReadOnlySpan<byte> Refuse(Bot bot, IngestRefusal refusal)
    {
        RefusalReply reply = RefusalReply.Of(refusal);
        IngestMetrics.Refused(bot, reply);
        string retry = reply.Retry ? FormattableString.Invariant($"Retry-After: {Limits.IngestRetryAfterS}\r\n") : "";
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {reply.Status} {ReasonPhrases.GetReasonPhrase(reply.Status)}\r\nContent-Length: {reply.Json.Length}\r\n"
            + $"Content-Type: application/json\r\nDate: {time.GetUtcNow():r}\r\n{retry}\r\n");
        return (byte[])[.. Encoding.ASCII.GetBytes(head), .. reply.Json.Span];
    }

    private static Stamped Stamp(DateTimeOffset now)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: {now:r}\r\n\r\n");
        return new Stamped(now.ToUnixTimeSeconds(), Encoding.ASCII.GetBytes(text));
    }

    private sealed record Stamped(long UnixS, byte[] Bytes);
}

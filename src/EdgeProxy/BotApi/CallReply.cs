using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>An answer to a caller who takes us for Telegram: Telegram's own, or one of ours in its shape.</summary>
internal sealed class CallReply
{
    /// <summary>Says on answers of our own what became of the call: see <see cref="CallOutcome"/>.</summary>
    public const string OutcomeHeader = "X-Edge-Outcome";

    private CallReply(int status, ReadOnlyMemory<byte> body, string outcome) => (Status, Body, Outcome) = (status, body, outcome);

    public int Status { get; }
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>For metrics: "answered" for Telegram's own, whatever its status.</summary>
    public string Outcome { get; }

    /// <summary>Seconds for the Retry-After header; 0 sends none.</summary>
    public int RetryAfterS { get; private init; }

    /// <summary>Telegram's headers; null on an answer of our own.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Headers { get; private init; }
    private bool TellsOutcome { get; init; }

    /// <summary>As Telegram words it, without a word of our own: what its server would answer too.</summary>
    public static CallReply Plain(int status, string description, string outcome) => new(status, Json(status, description, 0), outcome);

    /// <summary>Of our own.</summary>
    public static CallReply Own(int status, string description, string outcome, int retryAfterS = 0) =>
        new(status, Json(status, description, retryAfterS), outcome) { RetryAfterS = retryAfterS, TellsOutcome = true };

    /// <summary>Telegram's bytes, status and headers.</summary>
    public static CallReply Telegrams(in ApiReply reply) => new(reply.Status, reply.Body, "answered") { Headers = reply.Headers ?? [] };

    public async Task WriteAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = Status;
        if (Headers is null)
        {
            response.ContentType = "application/json";
            if (TellsOutcome) response.Headers[OutcomeHeader] = Outcome;
            if (RetryAfterS > 0) response.Headers.RetryAfter = RetryAfterS.ToString(CultureInfo.InvariantCulture);
        }
        else
        {
            PassHeaders(Headers, response);
        }

        response.ContentLength = Body.Length;
        if (Headers is not null) BotApiMetrics.Down(Body.Length);
        if (!Body.IsEmpty) await response.Body.WriteAsync(Body, context.RequestAborted);
    }

    /// <summary>Hands headers on. One that HTTP does not allow (control or non-ASCII characters) is left out: it would end the answer.</summary>
    public static void PassHeaders(IReadOnlyList<KeyValuePair<string, string>> headers, HttpResponse response)
    {
        foreach ((string name, string value) in headers)
        {
            if (!value.AsSpan().ContainsAnyExceptInRange(' ', '~')) response.Headers.Append(name, value);
        }
    }

    // Order and spacing are those of Telegram's server.
    private static byte[] Json(int status, string description, int retryAfterS)
    {
        var json = new StringBuilder("""{"ok":false,"error_code":""").Append(status).Append(""","description":""")
            .Append('"').Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(description)).Append('"');
        if (retryAfterS > 0) json.Append(""","parameters":{"retry_after":""").Append(retryAfterS).Append('}');
        return Encoding.UTF8.GetBytes(json.Append('}').ToString());
    }
}

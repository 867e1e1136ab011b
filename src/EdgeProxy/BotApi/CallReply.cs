using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>An answer to a caller who takes us for Telegram: Telegram's own, or one of ours in its shape.</summary>
internal sealed class CallReply
{
    /// <summary>Says on answers of our own what became of the call: a word of a small fixed set.</summary>
    public const string OutcomeHeader = "X-Edge-Outcome";

    private static readonly KeyValuePair<string, string> JsonType = new("Content-Type", "application/json");

    private CallReply(int status, IReadOnlyList<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body, string outcome) =>
        (Status, Headers, Body, Outcome) = (status, headers, body, outcome);

    public int Status { get; }
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Without those of the connection and the length.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>For metrics: "answered" for Telegram's own, whatever its status.</summary>
    public string Outcome { get; }

    /// <summary>As Telegram words it, without a word of our own: what its server would answer too.</summary>
    public static CallReply Plain(int status, string description, string outcome) => new(status, [JsonType], Json(status, description, 0), outcome);

    /// <summary>Of our own: it says so, and what became of the call.</summary>
    public static CallReply Own(int status, string description, string outcome, int retryAfterS = 0)
    {
        List<KeyValuePair<string, string>> headers = [JsonType, new(OutcomeHeader, outcome)];
        if (retryAfterS > 0) headers.Add(new("Retry-After", retryAfterS.ToString(CultureInfo.InvariantCulture)));
        return new CallReply(status, headers, Json(status, description, retryAfterS), outcome);
    }

    /// <summary>Telegram's bytes, status and headers.</summary>
    public static CallReply Telegrams(in ApiReply reply) => new(reply.Status, reply.Headers ?? [], reply.Body, "answered");

    /// <summary>An answer that was given before.</summary>
    public static CallReply Again(IdempotencyAnswer answer) =>
        new(answer.Status, [.. answer.Headers, new(KeyedCalls.ReplayedHeader, "true")], answer.Body, "replayed");

    /// <summary>What a repeat with the same key is to get.</summary>
    public IdempotencyAnswer ToAnswer() => new(Status, Headers, Body);

    /// <param name="context">The request.</param>
    /// <param name="hidden">The token that the caller must not learn; null when it is his own.</param>
    public async Task WriteAsync(HttpContext context, BotToken? hidden = null)
    {
        HttpResponse response = context.Response;
        response.StatusCode = Status;
        PassHeaders(Headers, response, hidden);
        ReadOnlyMemory<byte> body = hidden is null ? Body : TokenMask.Hide(Body, hidden);
        response.ContentLength = body.Length;
        if (body.IsEmpty) return;
        BotApiMetrics.Down(body.Length);
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Hands headers on. One that HTTP does not allow (control or non-ASCII characters) is left out: it would end the answer.</summary>
    public static void PassHeaders(IReadOnlyList<KeyValuePair<string, string>> headers, HttpResponse response, BotToken? hidden)
    {
        foreach ((string name, string value) in headers)
        {
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~')) continue;
            response.Headers.Append(name, hidden is null ? value : TokenMask.Hide(value, hidden));
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

using System.Text.Json;

namespace EdgeProxy.Admin;

/// <summary>One answer of the MTProto process.</summary>
/// <param name="Outcome">What became of the call.</param>
/// <param name="Status">HTTP status; 0 when there was no answer.</param>
/// <param name="Body">JSON: the result, or problem details; empty when there is none.</param>
internal sealed record SidecarReply(SidecarOutcome Outcome, int Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>The problem's code, such as telegram_refused.</summary>
    public string? Code { get; private init; }

    /// <summary>Not sooner than this, ms; 0 when nothing was asked for.</summary>
    public long RetryAfterMs { get; private init; }

    public static readonly SidecarReply NotSent = new(SidecarOutcome.NotSent, 0, default);

    public static readonly SidecarReply Lost = new(SidecarOutcome.Unknown, 0, default);

    /// <summary>Reads an answer by the contract: openapi.json of the process, schema Problem.</summary>
    public static SidecarReply Of(int status, byte[] body)
    {
        if (status is >= 200 and < 300) return new SidecarReply(SidecarOutcome.Ok, status, body);
        try
        {
            using JsonDocument problem = JsonDocument.Parse(body);
            string? code = Text(problem.RootElement, "code");
            bool unknown = Text(problem.RootElement, "outcome") != "refused";
            long retryAfterMs = problem.RootElement.TryGetProperty("retry_after_ms", out JsonElement wait) && wait.TryGetInt64(out long ms) ? ms : 0;
            SidecarOutcome outcome = code switch
            {
                _ when unknown => SidecarOutcome.Unknown,
                "flood_wait" or "paced" => SidecarOutcome.FloodWait,
                "queue_full" or "stopping" or "telegram_unavailable" => SidecarOutcome.NotSent,
                _ => SidecarOutcome.Refused,
            };
            return new SidecarReply(outcome, status, body) { Code = code, RetryAfterMs = Math.Max(0, retryAfterMs) };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not by the contract: nothing can be concluded from it.
            return new SidecarReply(SidecarOutcome.Unknown, status, default);
        }
    }

    /// <summary>A number of the result or the problem; null when it is absent.</summary>
    public long? Number(string name)
    {
        if (Body.IsEmpty) return null;
        using JsonDocument json = JsonDocument.Parse(Body);
        return json.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
    }

    /// <summary>A text of the problem; null when it is absent.</summary>
    public string? Text(string name)
    {
        if (Body.IsEmpty) return null;
        using JsonDocument json = JsonDocument.Parse(Body);
        return Text(json.RootElement, name);
    }

    private static string? Text(JsonElement problem, string name) =>
        problem.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

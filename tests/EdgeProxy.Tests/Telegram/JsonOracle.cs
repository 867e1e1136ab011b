using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Telegram;

/// <summary>What the framework's own parsers say, to compare the scanner with.</summary>
internal static class JsonOracle
{
    private static readonly UTF8Encoding Strict = new(false, true);

    /// <summary>Valid JSON in valid UTF-8 within the depth; the framework itself does not look at the UTF-8 inside strings.</summary>
    public static JsonDocument? Parse(byte[] body)
    {
        try
        {
            Strict.GetCharCount(body);
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = Limits.JsonDepthMax });
        }
        catch (Exception error) when (error is JsonException or DecoderFallbackException)
        {
            return null;
        }
    }

    public static EnvelopeOutcome Outcome(byte[] body, out long updateId)
    {
        updateId = 0;
        if (body.Length == 0) return EnvelopeOutcome.Empty;
        using JsonDocument? document = Parse(body);
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object) return EnvelopeOutcome.InvalidJson;
        JsonElement? id = null;
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            // The raw text: the envelope does not recognise names written with escapes, and some of those are no .NET string.
            if (property.ToString().StartsWith("\"update_id\"", StringComparison.Ordinal)) id = property.Value;
        }

        bool good = id is { ValueKind: JsonValueKind.Number } && id.Value.TryGetInt64(out updateId)
            && id.Value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0;
        return good ? EnvelopeOutcome.Ok : EnvelopeOutcome.NoUpdateId;
    }
}

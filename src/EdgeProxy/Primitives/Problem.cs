using System.Text.Json;

namespace EdgeProxy.Primitives;

/// <summary>An error of our own HTTP API as RFC 9457 problem details: application/problem+json.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">What is wrong in general, the same for every occurrence.</param>
/// <param name="Detail">What is wrong here and what to change; null when the title says it.</param>
/// <param name="Field">The field, header or query parameter that is wrong, as the caller writes it; null when none is.</param>
internal sealed record Problem(int Status, string Title, string? Detail = null, string? Field = null)
{
    public const string ContentType = "application/problem+json";

    /// <summary>Seconds for the Retry-After header; 0 sends none.</summary>
    public int RetryAfterS { get; init; }

    public async Task WriteAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        if (RetryAfterS > 0) response.Headers.RetryAfter = RetryAfterS.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, Title);
        json.WriteNumber("status"u8, Status);
        if (Detail is not null) json.WriteString("detail"u8, Detail);
        if (Field is not null) json.WriteString("field"u8, Field);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }
}

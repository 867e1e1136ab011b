using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>An answer of the Bot API before it is written: a result, or an error in Telegram's words.</summary>
internal sealed class ApiResult
{
    private ApiResult(int status, JsonNode? result, string? description)
    {
        Status = status;
        Result = result;
        Description = description;
    }

    public int Status { get; }
    public JsonNode? Result { get; }
    public string? Description { get; }

    /// <summary>parameters.retry_after and the Retry-After header, seconds; 0 when there is none.</summary>
    public int RetryAfterS { get; private init; }

    /// <summary>parameters.migrate_to_chat_id; 0 when there is none.</summary>
    public long MigrateToChatId { get; private init; }

    public bool IsOk => Status == 200;

    public static ApiResult Ok(JsonNode result, string? description = null) => new(200, result, description);

    public static ApiResult True(string? description = null) => new(200, JsonValue.Create(true), description);

    public static ApiResult BadRequest(string reason) => new(400, null, "Bad Request: " + reason);

    public static ApiResult Fail(int status, string description) => new(status, null, description);

    public static ApiResult Flood(int retryAfterS) =>
        new(429, null, $"Too Many Requests: retry after {retryAfterS}") { RetryAfterS = retryAfterS };

    public static ApiResult Migrated(long toChatId) =>
        new(400, null, "Bad Request: group chat was upgraded to a supergroup chat") { MigrateToChatId = toChatId };

    /// <summary>Writes status, headers and body. Non-ASCII goes out as \uXXXX, as the real server writes it.</summary>
    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = "application/json";
        if (RetryAfterS > 0)
        {
            response.Headers.RetryAfter = RetryAfterS.ToString();
        }

        byte[] body = ToBytes();
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    private byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ok", IsOk);
            if (IsOk)
            {
                writer.WritePropertyName("result");
                Result!.WriteTo(writer);
            }
            else
            {
                writer.WriteNumber("error_code", Status);
            }

            if (Description is not null)
            {
                writer.WriteString("description", Description);
            }

            WriteParameters(writer);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private void WriteParameters(Utf8JsonWriter writer)
    {
        if (RetryAfterS == 0 && MigrateToChatId == 0)
        {
            return;
        }

        writer.WriteStartObject("parameters");
        if (RetryAfterS > 0)
        {
            writer.WriteNumber("retry_after", RetryAfterS);
        }

        if (MigrateToChatId != 0)
        {
            writer.WriteNumber("migrate_to_chat_id", MigrateToChatId);
        }

        writer.WriteEndObject();
    }
}

using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>An answer of the Bot API before it is written: a result, or an error in Telegram's words.</summary>
internal sealed class ApiResult
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    private readonly Action<Utf8JsonWriter>? _write;

    private ApiResult(int status, Action<Utf8JsonWriter>? write, string? description)
    {
        Status = status;
        _write = write;
        Description = description;
    }

    public int Status { get; }
    public string? Description { get; }

    /// <summary>parameters.retry_after and the Retry-After header, seconds; 0 when there is none.</summary>
    public int RetryAfterS { get; private init; }

    /// <summary>parameters.migrate_to_chat_id; 0 when there is none.</summary>
    public long MigrateToChatId { get; private init; }

    /// <summary>A body that is not JSON; null as a rule.</summary>
    public string? Html { get; private init; }

    public bool IsOk => Status == 200;

    public static ApiResult Ok(JsonNode result, string? description = null) => new(200, to => result.WriteTo(to), description);

    /// <summary>The result is written when the answer is; nothing of it is built before.</summary>
    public static ApiResult Ok(Action<Utf8JsonWriter> write) => new(200, write, null);

    public static ApiResult True(string? description = null) => new(200, static to => to.WriteBooleanValue(true), description);

    public static ApiResult BadRequest(string reason) => new(400, null, "Bad Request: " + reason);

    public static ApiResult Fail(int status, string description) => new(status, null, description);

    public static ApiResult Flood(int retryAfterS) =>
        new(429, null, $"Too Many Requests: retry after {retryAfterS}") { RetryAfterS = retryAfterS };

    /// <summary>An album that met the limit: a 400 without parameters [TELEGRAM-FACTS, Limits].</summary>
    public static ApiResult AlbumFlood(int retryAfterS) =>
        BadRequest($"failed to send message #1 with the error message \"Too Many Requests: retry after {retryAfterS}\"");

    public static ApiResult Migrated(long toChatId) =>
        new(400, null, "Bad Request: group chat was upgraded to a supergroup chat") { MigrateToChatId = toChatId };

    /// <summary>A 5xx in Telegram's JSON, or as the page of its front end.</summary>
    public static ApiResult ServerError(int status, bool html)
    {
        string name = status switch
        {
            502 => "Bad Gateway",
            503 => "Service Temporarily Unavailable",
            504 => "Gateway Time-out",
            _ => "Internal Server Error",
        };
        string page = $"<html>\r\n<head><title>{status} {name}</title></head>\r\n<body>\r\n<center><h1>{status} {name}</h1></center>\r\n"
            + "<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n";
        return new ApiResult(status, null, name) { Html = html ? page : null };
    }

    /// <summary>Writes status, headers and body. Non-ASCII goes out as \uXXXX, as the real server writes it.</summary>
    /// <param name="response">To write to.</param>
    /// <param name="chunked">In two chunks without a Content-Length.</param>
    public Task WriteAsync(HttpResponse response, bool chunked)
    {
        response.StatusCode = Status;
        response.ContentType = Html is null ? "application/json" : "text/html";
        TelegramHeaders.Apply(response);
        if (RetryAfterS > 0)
        {
            response.Headers.RetryAfter = RetryAfterS.ToString();
        }

        ReadOnlySpan<byte> body = Html is null ? ToJson() : System.Text.Encoding.ASCII.GetBytes(Html);
        if (chunked)
        {
            byte[] rest = body[(body.Length / 2)..].ToArray();
            response.BodyWriter.Write(body[..(body.Length / 2)]);
            return WriteRestAsync(response, rest);
        }

        // Flushed by the server at the end of the request, together with the headers.
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        return Task.CompletedTask;
    }

    private static async Task WriteRestAsync(HttpResponse response, byte[] rest)
    {
        await response.BodyWriter.FlushAsync();
        await response.BodyWriter.WriteAsync(rest);
    }

    /// <summary>Valid until the next call on this thread.</summary>
    private ReadOnlySpan<byte> ToJson()
    {
        _buffer ??= new ArrayBufferWriter<byte>(4096);
        _writer ??= new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true });
        _buffer.ResetWrittenCount();
        _writer.Reset(_buffer);
        _writer.WriteStartObject();
        _writer.WriteBoolean("ok"u8, IsOk);
        if (IsOk)
        {
            _writer.WritePropertyName("result"u8);
            _write!(_writer);
        }
        else
        {
            _writer.WriteNumber("error_code"u8, Status);
        }

        if (Description is not null)
        {
            _writer.WriteString("description"u8, Description);
        }

        WriteParameters(_writer);
        _writer.WriteEndObject();
        _writer.Flush();
        return _buffer.WrittenSpan;
    }

    private void WriteParameters(Utf8JsonWriter to)
    {
        if (RetryAfterS == 0 && MigrateToChatId == 0)
        {
            return;
        }

        to.WriteStartObject("parameters"u8);
        if (RetryAfterS > 0)
        {
            to.WriteNumber("retry_after"u8, RetryAfterS);
        }

        if (MigrateToChatId != 0)
        {
            to.WriteNumber("migrate_to_chat_id"u8, MigrateToChatId);
        }

        to.WriteEndObject();
    }
}

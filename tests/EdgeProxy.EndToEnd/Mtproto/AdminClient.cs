using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeProxy.EndToEnd.Harness;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>A service that uses the admin API. Paths are relative to /v1/admin, or begin with /.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;

    public AdminClient(Uri root)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) };
        _http = new HttpClient(handler) { BaseAddress = root, Timeout = TimeSpan.FromMinutes(10) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", OutboxProxy.Key);
    }

    public Task<OutboxReply> PostAsync(string path, object body) => CallAsync("POST", path, body, Guid.NewGuid().ToString("N"));

    /// <summary>Status 0 when nobody answered, or not in full.</summary>
    public async Task<OutboxReply> CallAsync(string method, string path, object? body = null, string? key = null)
    {
        try
        {
            using var request = Request(method, path);
            if (body is not null)
                request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
            if (key is not null)
                request.Headers.Add("Idempotency-Key", key);
            using var reply = await _http.SendAsync(request);
            return await ReadAsync(reply);
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException or JsonException)
        {
            return new OutboxReply(0, null, default);
        }
    }

    /// <summary>Brings a file's bytes. Status 0 when the connection broke.</summary>
    public async Task<OutboxReply> PutAsync(string job, long offset, Stream bytes)
    {
        try
        {
            using var request = Request("PUT", $"files/{job}/content");
            request.Headers.Add("Upload-Offset", offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
            request.Content = new StreamContent(bytes, 128 * 1024);
            using var reply = await _http.SendAsync(request);
            return await ReadAsync(reply);
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException or JsonException)
        {
            return new OutboxReply(0, null, default);
        }
    }

    /// <summary>The answer when its head is there; the body is still to come.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, RangeHeaderValue? range = null)
    {
        using var request = Request("GET", path);
        request.Headers.Range = range;
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(string method, string path) =>
        new(new HttpMethod(method), path.StartsWith('/') ? path : "/v1/admin/" + path);

    private static async Task<OutboxReply> ReadAsync(HttpResponseMessage reply)
    {
        using var body = JsonDocument.Parse(await reply.Content.ReadAsByteArrayAsync());
        return new OutboxReply((int)reply.StatusCode, (int?)reply.Headers.RetryAfter?.Delta?.TotalSeconds, body.RootElement.Clone());
    }
}

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>A service that uses the message API.</summary>
internal sealed class OutboxClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri[] _roots;
    private int _turn;

    /// <param name="roots">Of equal processes, which are asked in turn.</param>
    public OutboxClient(params Uri[] roots)
    {
        _roots = roots;
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64, UseProxy = false })
        {
            Timeout = TimeSpan.FromSeconds(20),
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", OutboxProxy.Key);
    }

    public Task<OutboxReply> PostAsync(string json, string? key = null) => CallAsync(HttpMethod.Post, "/v1/messages", json, key);

    public Task<OutboxReply> GetAsync(string path) => CallAsync(HttpMethod.Get, path, null, null);

    public async Task<OutboxReply> CallAsync(HttpMethod method, string path, string? json, string? key)
    {
        var root = _roots[(uint)Interlocked.Increment(ref _turn) % (uint)_roots.Length];
        using var request = new HttpRequestMessage(method, new Uri(root, path));
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var reply = await _http.SendAsync(request);
            using var body = JsonDocument.Parse(await reply.Content.ReadAsByteArrayAsync());
            return new OutboxReply((int)reply.StatusCode, (int?)reply.Headers.RetryAfter?.Delta?.TotalSeconds, body.RootElement.Clone());
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or IOException or JsonException or TaskCanceledException)
        {
            return new OutboxReply(0, null, default);
        }
    }

    /// <summary>Every message of a filter ("status=sent&amp;bot=x" or empty), page by page.</summary>
    public async Task<List<JsonElement>> ListAsync(string filter)
    {
        var found = new List<JsonElement>();
        var cursor = "";
        while (true)
        {
            var page = await GetAsync($"/v1/messages?limit=500&{filter}".TrimEnd('&') + cursor);
            Assert.True(page.Status == 200, $"the list answered {page.Status}: {page.Body}");
            found.AddRange(page.Body.GetProperty("messages").EnumerateArray());
            if (page.Body.GetProperty("next_cursor").GetString() is not { } next)
                return found;
            cursor = "&cursor=" + next;
        }
    }

    /// <summary>Waits until nothing is queued or being sent; how many still are when the bound has passed.</summary>
    public async Task<int> DrainAsync(TimeSpan bound)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var open = (await ListAsync("status=queued,sending")).Count;
            if (open == 0 || Stopwatch.GetElapsedTime(started) > bound)
                return open;
            await Task.Delay(50);
        }
    }

    /// <summary>Waits until a message has that state; the message as it is then.</summary>
    public async Task<OutboxReply> UntilAsync(string id, string state, TimeSpan bound)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var message = await GetAsync("/v1/messages/" + id);
            if (message.Status == 200 && message.State == state)
                return message;
            Assert.True(Stopwatch.GetElapsedTime(started) < bound, $"{id} is not {state} within {bound}: {message.Status} {message.Body}");
            await Task.Delay(20);
        }
    }

    public void Dispose() => _http.Dispose();
}

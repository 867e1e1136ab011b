using System.Net.Http.Json;
using System.Text.Json;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>A bot without a framework: calls methods at an API root and keeps what came back.</summary>
internal sealed class BotCaller(Uri root) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256, UseProxy = false })
    {
        BaseAddress = root,
        Timeout = TimeSpan.FromSeconds(60),
    };

    public Task<BotReply> SendAsync(long chat, string text, CancellationToken cancellationToken = default) =>
        CallAsync("sendMessage", new { chat_id = chat, text }, text, cancellationToken);

    public async Task<BotReply> CallAsync(string method, object arguments, string marker, CancellationToken cancellationToken = default)
    {
        using var content = JsonContent.Create(arguments);
        return await PostAsync(method, content, marker, cancellationToken);
    }

    public async Task<BotReply> PostAsync(string method, HttpContent content, string marker, CancellationToken cancellationToken = default)
    {
        using var reply = await _http.PostAsync($"/bot{ProxyConfig.Token}/{method}", content, cancellationToken);
        var outcome = reply.Headers.TryGetValues("X-Edge-Outcome", out var values) ? string.Join(",", values) : null;
        var retryAfter = (int?)reply.Headers.RetryAfter?.Delta?.TotalSeconds;
        var body = await reply.Content.ReadAsStringAsync(cancellationToken);

        // A gateway before Telegram answers in HTML.
        var json = body.StartsWith('{') ? JsonDocument.Parse(body).RootElement : default;
        return new BotReply(marker, (int)reply.StatusCode, outcome, retryAfter, json);
    }

    public void Dispose() => _http.Dispose();
}

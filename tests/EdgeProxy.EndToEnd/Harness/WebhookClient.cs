using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>Telegram's side of the webhook: posts one update at a time over kept connections.</summary>
internal sealed class WebhookClient(int port) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        Timeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>The status of the reply; 0 when the connection failed, so that nobody knows whether the update was taken.</summary>
    public async Task<int> PostAsync(string body)
    {
        try
        {
            using var reply = await SendAsync(body);
            return (int)reply.StatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or TaskCanceledException)
        {
            // The bare SocketException is HttpClient's for a server that is killed right after it accepted.
            return 0;
        }
    }

    public Task<HttpResponseMessage> SendAsync(string body, string bot = ProxyConfig.Bot, string? secret = ProxyConfig.Secret)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/telegram/webhook/{bot}")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (secret is not null)
            request.Headers.Add("X-Telegram-Bot-Api-Secret-Token", secret);
        return _http.SendAsync(request);
    }

    public void Dispose() => _http.Dispose();
}

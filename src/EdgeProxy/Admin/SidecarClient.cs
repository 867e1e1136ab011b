using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Calls the MTProto process over its Unix socket, or over loopback with the secret. Every expected failure is a <see cref="SidecarOutcome"/>; only the
/// caller's own cancellation is thrown. Bodies are never logged: they may hold a session, a code or a password.
/// </summary>
internal sealed class SidecarClient : IDisposable
{
    private readonly HttpClient _http;
    private volatile string? _fault;

    public SidecarClient(MtprotoSettings settings)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(Limits.SidecarConnectS),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(Limits.SidecarIdleS),
        };
        if (settings.Socket is { } place) handler.ConnectCallback = (_, stop) => ConnectAsync(place, stop);
        _http = new HttpClient(handler)
        {
            BaseAddress = settings.Url ?? new Uri("http://sidecar/"),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = Limits.SidecarAnswerBytesMax,
        };
        if (settings.Secret is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", settings.Secret);
    }

    /// <summary>Why it cannot be reached, for the operator; null when the last call reached it.</summary>
    public string? Fault => _fault;

    /// <summary>One call with an answer that is read whole.</summary>
    /// <exception cref="OperationCanceledException">Only <paramref name="stop"/>.</exception>
    public Task<SidecarReply> CallAsync(HttpMethod method, string path, ReadOnlyMemory<byte> json, CancellationToken stop)
    {
        HttpContent? content = null;
        if (!json.IsEmpty)
        {
            content = new ReadOnlyMemoryContent(json);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        return SendAsync(method, path, content, Limits.SidecarCallS, stop);
    }

    public Task<SidecarReply> GetAsync(string path, CancellationToken stop) => CallAsync(HttpMethod.Get, path, default, stop);

    /// <summary>Puts bytes of a file. The same bytes again are harmless.</summary>
    public Task<SidecarReply> PutBytesAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return SendAsync(HttpMethod.Put, path, content, Limits.SidecarCallS, stop);
    }

    /// <summary>A short look whether it is well.</summary>
    public async Task<bool> ProbeAsync(CancellationToken stop)
    {
        SidecarReply reply = await SendAsync(HttpMethod.Get, "/health", null, Limits.SidecarProbeS, stop);
        if (reply.Outcome == SidecarOutcome.Ok) return true;
        _fault ??= reply.Status == 0 ? "it does not answer in time" : $"it answers {reply.Status}";
        return false;
    }

    /// <summary>An answer that is read as a stream, or the reply when there is none to read. The caller disposes the message.</summary>
    public async Task<(HttpResponseMessage? Stream, SidecarReply? Reply)> OpenAsync(HttpMethod method, string path, string? range, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path);
        if (range is not null) request.Headers.TryAddWithoutValidation("Range", range);
        try
        {
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            _fault = null;
            if (response.IsSuccessStatusCode) return (response, null);
            using (response) return (null, SidecarReply.Of((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(stop)));
        }
        catch (HttpRequestException error)
        {
            return (null, Failed(error));
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<SidecarReply> SendAsync(HttpMethod method, string path, HttpContent? content, int seconds, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(seconds));
        SidecarReply reply;
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token);
            reply = SidecarReply.Of((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(limit.Token));
            _fault = null;
        }
        catch (HttpRequestException error)
        {
            reply = Failed(error);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            reply = SidecarReply.Lost;
        }

        AdminMetrics.Called(reply.Outcome);
        return reply;
    }

    // Only a connection that never came to be proves that nothing was done.
    private SidecarReply Failed(HttpRequestException error)
    {
        bool unconnected = error.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;
        if (unconnected) _fault = $"it cannot be reached: {error.InnerException?.Message ?? error.Message}";
        return unconnected ? SidecarReply.NotSent : SidecarReply.Lost;
    }

    private static async ValueTask<Stream> ConnectAsync(EndPoint place, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(place, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using EdgeProxy.Primitives;

namespace EdgeProxy.Telegram;

/// <summary>Calls the Bot API. Never throws for what the network or Telegram does; never lets a token into a message.</summary>
internal sealed class BotApiClient : IDisposable
{
    private const int FirstReadBytes = 4 * 1024;
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly HttpClient _http;

    public BotApiClient()
    {
        // No redirects: the token would travel to wherever they point.
        // No propagator: activities would carry the URL, which holds the token.
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(Limits.ApiConnectTimeoutS),
            PooledConnectionLifetime = TimeSpan.FromSeconds(Limits.ApiConnectionLifetimeS),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(Limits.ApiConnectionIdleS),
            MaxConnectionsPerServer = Limits.ApiConnectionsMax,
            EnableMultipleHttp2Connections = true,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>
    /// POSTs <paramref name="json"/> (a JSON object, may be empty) to /bot&lt;token&gt;/&lt;method&gt; and waits at most
    /// <paramref name="timeout"/>. A Description that begins with "not sent" promises that no byte of the call left.
    /// </summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> is cancelled.</exception>
    public async Task<ApiReply> CallAsync(
        Uri apiRoot, BotToken token, string method, ReadOnlyMemory<byte> json, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsMethodName(method)) return None("not sent: not a method name");
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            using HttpRequestMessage request = Request(apiRoot, token, method, json);
            using HttpResponseMessage response =
                await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            byte[]? body = await ReadBodyAsync(response.Content, limit.Token).ConfigureAwait(false);
            if (body is null) return new ApiReply(status, [], false, 0, $"HTTP {status}: answer over {Limits.ApiReplyBytesMax} bytes");
            return ApiReplyBody.Read(status, body, RetryAfterS(response), token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return None(string.Create(CultureInfo.InvariantCulture, $"no answer within {timeout.TotalSeconds} s"));
        }
        catch (HttpRequestException error) when (!cancellationToken.IsCancellationRequested)
        {
            return None(Reason(error.HttpRequestError));
        }
        catch (IOException) when (!cancellationToken.IsCancellationRequested)
        {
            return None("no answer: the connection broke");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            // Aborting a call also breaks its connection; the caller's wish is the cause to report.
            throw new OperationCanceledException(cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Uri apiRoot, BotToken token, string method, ReadOnlyMemory<byte> json)
    {
        Uri uri = new($"{apiRoot.AbsoluteUri.TrimEnd('/')}/bot{token.Reveal()}/{method}");
        HttpRequestMessage request = new(HttpMethod.Post, uri)
        {
            // Over TLS this offers HTTP/2 and takes 1.1; without TLS it is 1.1.
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (json.IsEmpty) return request;
        request.Content = new ReadOnlyMemoryContent(json);
        request.Content.Headers.ContentType = Json;
        return request;
    }

    // Null when the answer is longer than the bound. Content-Length is not believed beyond the first read.
    private static async Task<byte[]?> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > Limits.ApiReplyBytesMax) return null;
        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] buffer = new byte[FirstReadBytes];
            int length = 0;
            while (true)
            {
                int read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                length += read;
                if (length > Limits.ApiReplyBytesMax) return null;
                if (length == buffer.Length) Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, Limits.ApiReplyBytesMax + 1L));
            }

            Array.Resize(ref buffer, length);
            return buffer;
        }
    }

    private static int RetryAfterS(HttpResponseMessage response) =>
        response.Headers.RetryAfter?.Delta is { } delta ? (int)Math.Clamp(delta.TotalSeconds, 0, int.MaxValue) : 0;

    // Letters and digits; a slash for the test environment's "test/getMe". Whatever else could leave the path of this bot.
    private static bool IsMethodName(string method)
    {
        foreach (char c in method)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('/' or '_')) return false;
        }

        return method.Length > 0;
    }

    private static ApiReply None(string description) => new(0, [], false, 0, description);

    // The exceptions' own texts hold host names and could one day hold the URL: they are not used.
    private static string Reason(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "not sent: the host name was not found",
        HttpRequestError.ConnectionError => "not sent: could not connect",
        HttpRequestError.SecureConnectionError => "not sent: TLS could not be agreed",
        HttpRequestError.ResponseEnded => "no answer: the connection was closed",
        HttpRequestError.InvalidResponse => "no answer: not HTTP",
        _ => "no answer: the connection broke",
    };
}

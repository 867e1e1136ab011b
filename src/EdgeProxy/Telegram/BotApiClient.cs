using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using EdgeProxy.Primitives;

namespace EdgeProxy.Telegram;

/// <summary>
/// Calls the Bot API. Never throws for what the network or Telegram does; never lets a token into a message. Handlers keep pools of connections
/// for each root (scheme, host and port): one for calls, one for long polls, one for downloads. Every call has a content, even an empty one: without
/// one .NET would repeat it by itself when a kept connection ends under it, and Telegram would act twice.
/// </summary>
internal sealed class BotApiClient : IDisposable
{
    private const int FirstReadBytes = 4 * 1024;
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly HttpClient _http = Pool(Limits.ApiConnectionsMax);

    // Long polls and downloads hold a connection for minutes: in one pool with the sends, enough of them would keep messages from leaving.
    private readonly HttpClient _polls = Pool(Limits.BotsMax);
    private readonly HttpClient _files = Pool(Limits.ApiConnectionsMax);

    /// <summary>
    /// POSTs <paramref name="json"/> (a JSON object, may be empty) to /bot&lt;token&gt;/&lt;method&gt; and waits at most
    /// <paramref name="timeout"/>. The reply's NotSent promises that no whole call left.
    /// </summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> is cancelled.</exception>
    public async Task<ApiReply> CallAsync(
        Uri apiRoot, BotToken token, string method, ReadOnlyMemory<byte> json, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var content = new ReadOnlyMemoryContent(json);
        if (!json.IsEmpty) content.Headers.ContentType = Json;
        ApiReply reply = await PostAsync(apiRoot, token, method, content, repeatable: true, timeout, cancellationToken).ConfigureAwait(false);
        if (reply.Status == 0) cancellationToken.ThrowIfCancellationRequested();
        return reply;
    }

    /// <summary>
    /// POSTs the call as it is and reads the whole answer. Never throws for what the network, Telegram or the caller's stream does: a reply of
    /// status 0 says by NotSent whether the call may have left. What is cancelled before it left is NotSent too.
    /// </summary>
    /// <param name="apiRoot">The bot's.</param>
    /// <param name="token">The bot's.</param>
    /// <param name="call">The call; its body is asked for one content.</param>
    /// <param name="timeout">
    /// For connecting and a small body, and again for the answer, counted from the last byte of the body. A streamed body may take as long as it
    /// moves (Limits.ApiUploadStallS).
    /// </param>
    /// <param name="cancellationToken">Cuts the call off.</param>
    public Task<ApiReply> SendAsync(Uri apiRoot, BotToken token, OutgoingCall call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string method = call.TestEnvironment ? "test/" + call.Method.Name : call.Method.Name;
        return PostAsync(apiRoot, token, method, call.Body.CreateContent(), call.Body.CanResend, timeout, cancellationToken, call.MayLeave);
    }

    /// <summary>
    /// GETs /file/bot&lt;token&gt;/&lt;path&gt;. The headers have been read, the body streams; the caller disposes the answer.
    /// </summary>
    /// <param name="apiRoot">The bot's.</param>
    /// <param name="token">The bot's.</param>
    /// <param name="path">file_path of getFile, unescaped; "test/…" for the test environment.</param>
    /// <param name="headers">Request headers to pass on: Range, If-Range, If-None-Match, If-Modified-Since. Null for none.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Null when no answer came (no connection, time-out, cancelled) or the path could leave the bot's folder.</returns>
    public async Task<HttpResponseMessage?> OpenFileAsync(
        Uri apiRoot, BotToken token, string path, IReadOnlyList<KeyValuePair<string, string>>? headers, CancellationToken cancellationToken)
    {
        string[] segments = path.Split('/');
        foreach (string segment in segments)
        {
            if (segment is "" or "." or ".." || segment.Contains('\\')) return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(Limits.ApiFileHeadersS));
        try
        {
            Uri uri = new($"{apiRoot.AbsoluteUri.TrimEnd('/')}/file/bot{token.Reveal()}/{string.Join('/', Array.ConvertAll(segments, Uri.EscapeDataString))}");
            using HttpRequestMessage request = Request(HttpMethod.Get, uri, null);
            if (headers is not null)
            {
                foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
            }

            return await _files.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _polls.Dispose();
        _files.Dispose();
    }

    private static HttpClient Pool(int connectionsMax)
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
            MaxConnectionsPerServer = connectionsMax,
            EnableMultipleHttp2Connections = true,
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private async Task<ApiReply> PostAsync(
        Uri apiRoot, BotToken token, string method, HttpContent inner, bool repeatable, TimeSpan timeout, CancellationToken cancellationToken,
        Func<bool>? mayLeave = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        using var content = new OneSendContent(inner, repeatable, limit, timeout, TimeSpan.FromSeconds(Limits.ApiUploadStallS), mayLeave);
        if (!IsMethodName(method)) return None("not sent: not a method name", content);
        if (cancellationToken.IsCancellationRequested) return None("not sent: cancelled", content);
        try
        {
            Uri uri = new($"{apiRoot.AbsoluteUri.TrimEnd('/')}/bot{token.Reveal()}/{method}");
            using HttpRequestMessage request = Request(HttpMethod.Post, uri, content);
            HttpClient http = method.EndsWith("getUpdates", StringComparison.OrdinalIgnoreCase) ? _polls : _http;
            using HttpResponseMessage response =
                await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            IReadOnlyList<KeyValuePair<string, string>> headers = ReplyHeaders.Read(response);
            byte[]? body = await ReadBodyAsync(response.Content, limit.Token).ConfigureAwait(false);
            ApiReply reply = body is null
                ? new ApiReply(status, [], false, 0, $"HTTP {status}: answer over {Limits.ApiReplyBytesMax} bytes")
                : ApiReplyBody.Read(status, body, RetryAfterS(response), token);
            return reply with { Headers = headers };
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Aborting a call also breaks its connection, in more than one exception; the caller's wish is the cause to report.
            return None(content.Started ? "no answer: cancelled" : "not sent: cancelled", content);
        }
        catch (OperationCanceledException)
        {
            string what = content.Started ? "no answer" : "not sent";
            return None(string.Create(CultureInfo.InvariantCulture, $"{what} within {timeout.TotalSeconds} s"), content);
        }
        catch (HttpRequestException error)
        {
            return None(Reason(error.HttpRequestError, content.Started), content);
        }
        catch (IOException)
        {
            return None(Reason(HttpRequestError.Unknown, content.Started), content);
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, Uri uri, HttpContent? content) => new(method, uri)
    {
        // Over TLS this offers HTTP/2 and takes 1.1; without TLS it is 1.1.
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        Content = content,
    };

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

    private static ApiReply None(string description, OneSendContent content) =>
        new(0, [], false, 0, description) { NotSent = !content.Started };

    // The exceptions' own texts hold host names and could one day hold the URL: they are not used.
    private static string Reason(HttpRequestError error, bool started) => error switch
    {
        _ when started && error is HttpRequestError.ResponseEnded => "no answer: the connection was closed",
        _ when started && error is HttpRequestError.InvalidResponse => "no answer: not HTTP",
        _ when started => "no answer: the connection broke",
        HttpRequestError.NameResolutionError => "not sent: the host name was not found",
        HttpRequestError.SecureConnectionError => "not sent: TLS could not be agreed",
        _ => "not sent: could not connect",
    };
}

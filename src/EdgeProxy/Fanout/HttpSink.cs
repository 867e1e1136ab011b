using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>POSTs updates to consumers, over one pool of connections. Any thread.</summary>
internal sealed class HttpSink : IDisposable
{
    private static readonly string[] Attempts = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

    private readonly HttpMessageInvoker _client;
    private readonly TimeProvider _time;

    /// <summary>Connections have no bound of their own: each carries an attempt, and the windows of the subscriptions bound those.</summary>
    public HttpSink(TimeProvider time)
    {
        _time = time;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // Telegram follows none.
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromMilliseconds(Limits.ConsumerConnectMs),
            PooledConnectionLifetime = TimeSpan.FromMinutes(Limits.ConsumerConnectionMinutes),
            MaxResponseHeadersLength = 32,
            MaxResponseDrainSize = Limits.ReplyBytesMax,
        });
    }

    /// <summary>One attempt. Never throws for what a network or a consumer does.</summary>
    /// <param name="body">The update's bytes as they came. May still be read for a moment after TimedOut and Stopped.</param>
    /// <param name="attempt">From 1.</param>
    /// <param name="cut">Ends the attempt as Stopped.</param>
    public async Task<DeliveryReply> PostAsync(Subscription subscription, ReadOnlyMemory<byte> body, int attempt, CancellationToken cut)
    {
        using var timeout = new CancellationTokenSource(subscription.Timeout, _time);
        using CancellationTokenRegistration link = cut.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).Cancel(), timeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, subscription.Url)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ReadOnlyMemoryContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        if (subscription.Secret is { } secret) request.Headers.TryAddWithoutValidation("X-Telegram-Bot-Api-Secret-Token", secret);
        request.Headers.TryAddWithoutValidation("X-Edge-Attempt", AttemptText(attempt));
        request.Headers.TryAddWithoutValidation("X-Edge-Bot", subscription.Bot.Name);
        int status = 0;
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, timeout.Token).ConfigureAwait(false);
            status = (int)response.StatusCode;
            if (status is >= 200 and < 300)
            {
                byte[] reply = await ReadBodyAsync(response, timeout.Token).ConfigureAwait(false);
                return new DeliveryReply(DeliveryOutcome.Delivered, status, 0, reply, null);
            }

            DeliveryOutcome outcome = status == 410 ? DeliveryOutcome.Gone : DeliveryOutcome.Refused;
            return new DeliveryReply(outcome, status, RetryAfterS(response.Headers.RetryAfter), [], $"HTTP {status}");
        }
        catch (Exception error) when (status is >= 200 and < 300 && error is not OutOfMemoryException)
        {
            // The status line acknowledged; only a reply body that nobody may need was cut short.
            return new DeliveryReply(DeliveryOutcome.Delivered, status, 0, [], null);
        }
        catch (OperationCanceledException)
        {
            return cut.IsCancellationRequested
                ? new DeliveryReply(DeliveryOutcome.Stopped, 0, 0, [], "cut off by the stop")
                : new DeliveryReply(DeliveryOutcome.TimedOut, 0, 0, [], $"no answer within {subscription.Timeout.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException error)
        {
            return new DeliveryReply(DeliveryOutcome.Unreachable, 0, 0, [], error.HttpRequestError.ToString());
        }
        catch (IOException)
        {
            return new DeliveryReply(DeliveryOutcome.Unreachable, 0, 0, [], "connection broke");
        }
    }

    public void Dispose() => _client.Dispose();

    private static string AttemptText(int attempt) =>
        attempt <= Attempts.Length ? Attempts[attempt - 1] : attempt.ToString(CultureInfo.InvariantCulture);

    // Seconds or an HTTP date. A date is compared with our clock; both are bounded by RetrySchedule.
    private int RetryAfterS(RetryConditionHeaderValue? header)
    {
        if (header is null) return 0;
        TimeSpan wait = header.Delta ?? (header.Date is { } date ? date - _time.GetUtcNow() : TimeSpan.Zero);
        return (int)Math.Clamp(Math.Ceiling(wait.TotalSeconds), 0, Limits.RetryAfterSMax);
    }

    private static async ValueTask<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        long? length = response.Content.Headers.ContentLength;
        if (length is 0 or > Limits.ReplyBytesMax) return [];
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[length ?? 4096];
        int filled = 0;
        while (true)
        {
            if (filled == buffer.Length)
            {
                if (length is not null) return buffer;
                if (filled >= Limits.ReplyBytesMax) return [];
                Array.Resize(ref buffer, Math.Min(buffer.Length * 4, Limits.ReplyBytesMax));
            }

            int read = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            if (read == 0) return buffer[..filled];
            filled += read;
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>
/// Delivers status call-backs. One loop owns what is under way:
/// 1. it asks the store for a page of what is due, every Limits.CallbackPollMs, and at once when a full page is used up;
/// 2. it begins attempts, a bounded number for each host and for all. A host that fills much of the page and does not answer rests, and its rows are
///    put off untried, so that it holds up only itself;
/// 3. an attempt POSTs the message as GET shows it, signed. 2xx: the row goes. Anything else, a redirect too: again on Telegram's own schedule;
/// 4. after too many attempts or hours it is dead, and stays visible until retention.
/// Delivery is at least once: X-Edge-Delivery is the same for every attempt.
/// </summary>
internal sealed partial class CallbackLoop : IAsyncDisposable
{
    public const string DeliveryHeader = "X-Edge-Delivery";

    private readonly IOutboxStore _store;
    private readonly MessageJson _shown;
    private readonly CallbackSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpMessageInvoker _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);

    // Owned by the loop.
    private readonly Dictionary<long, (string Host, Task<bool> Attempt)> _underWay = [];
    private readonly Dictionary<string, int> _perHost = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, long> _restsUntilMs = new(StringComparer.OrdinalIgnoreCase);
    private List<CallbackRecord> _page = [];
    private bool _pageWasFull;
    private long _nextPollMs;
    private Task _loop = Task.CompletedTask;

    public CallbackLoop(IOutboxStore store, BotRegistry bots, CallbackSettings settings, TimeProvider time, ILogger logger)
    {
        (_store, _shown, _settings, _time, _logger) = (store, new MessageJson(new BotAccess(bots)), settings, time, logger);
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // A redirect could lead where callback_url was not allowed to.
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromMilliseconds(Limits.ConsumerConnectMs),
            PooledConnectionLifetime = TimeSpan.FromMinutes(Limits.ConsumerConnectionMinutes),
            MaxConnectionsPerServer = Limits.CallbacksPerHostMax,
            MaxResponseHeadersLength = 32,
        });
    }

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Cuts attempts off; they are made again after the start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _client.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Reap();

                // 1. What is due
                if (NowMs >= _nextPollMs || (_page.Count == 0 && _pageWasFull)) await ReadPageAsync();

                // 2. Begin
                _page.RemoveAll(TryBegin);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                LogBroken(_logger, error);
            }

            await WaitAsync();
        }

        await Task.WhenAll(_underWay.Values.Select(entry => entry.Attempt));
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task ReadPageAsync()
    {
        IReadOnlyList<CallbackRecord> due = await _store.DueCallbacksAsync(Limits.CallbackPage);
        _nextPollMs = NowMs + Limits.CallbackPollMs;
        _pageWasFull = due.Count == Limits.CallbackPage;
        _page = [.. due.Where(callback => !_underWay.ContainsKey(callback.Number))];
        foreach (IGrouping<string, CallbackRecord> host in _page.GroupBy(HostOf, StringComparer.OrdinalIgnoreCase).ToList())
        {
            if (!_restsUntilMs.TryGetValue(host.Key, out long untilMs) || untilMs <= NowMs || host.Count() < Limits.CallbackCrowd) continue;
            await Task.WhenAll(host.Select(callback => FailAsync(callback, untilMs, "its host did not answer others just now")));
            _page.RemoveAll(callback => HostOf(callback).Equals(host.Key, StringComparison.OrdinalIgnoreCase));
        }
    }

    private static string HostOf(CallbackRecord callback) => callback.Url.Authority;

    private bool TryBegin(CallbackRecord callback)
    {
        string host = HostOf(callback);
        if (_underWay.Count >= Limits.CallbacksMax || _perHost.GetValueOrDefault(host) >= Limits.CallbacksPerHostMax) return false;
        _perHost[host] = _perHost.GetValueOrDefault(host) + 1;
        _underWay[callback.Number] = (host, Task.Run(() => AttemptAsync(callback)));
        return true;
    }

    private void Reap()
    {
        foreach ((long number, (string host, Task<bool> attempt)) in _underWay)
        {
            if (!attempt.IsCompleted) continue;
            _underWay.Remove(number);
            if (--_perHost[host] == 0) _perHost.Remove(host);
            if (attempt.Result) _restsUntilMs.Remove(host);
            else _restsUntilMs[host] = NowMs + (Limits.CallbackHostRestS * 1000L);
        }
    }

    // Until an attempt has ended or the poll is due.
    private async Task WaitAsync()
    {
        try
        {
            using var poll = new CancellationTokenSource(TimeSpan.FromMilliseconds(Limits.CallbackPollMs), _time);
            using CancellationTokenRegistration link = _stop.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), poll);
            await _wake.WaitAsync(poll.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    // False when the host gave no answer at all.
    private async Task<bool> AttemptAsync(CallbackRecord callback)
    {
        MessageApiMetrics.CallbackInFlight(1);
        try
        {
            // 3. Attempt
            (int status, string? error) = await PostAsync(callback);
            if (error is null)
            {
                MessageApiMetrics.Callback("delivered");
                await _store.CallbackDoneAsync(callback.Number);
                return true;
            }

            // A stop is nobody's failure.
            if (_stop.IsCancellationRequested) return true;

            // 4. Again or dead
            await FailAsync(callback, NowMs + RetrySchedule.DelayMs(callback.Failures + 1, 0, Random.Shared), error);
            return status != 0;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            LogBroken(_logger, error);
            return true;
        }
        finally
        {
            MessageApiMetrics.CallbackInFlight(-1);
            Wake();
        }
    }

    private async Task FailAsync(CallbackRecord callback, long nextMs, string error)
    {
        int failures = callback.Failures + 1;
        bool dead = failures >= _settings.AttemptsMax || NowMs - callback.Message.UpdatedUnixMs >= (long)_settings.AgeMax.TotalMilliseconds;
        MessageApiMetrics.Callback(dead ? "dead" : "failed");
        if (dead) LogDead(_logger, callback.Message.Id, callback.Url.Host, failures, error);
        await _store.CallbackFailedAsync(callback.Number, nextMs, dead, error);
    }

    private void Wake()
    {
        // Full means that the loop is awake or about to be.
        if (_wake.CurrentCount > 0) return;
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
        }
    }

    // No error when the receiver took it; status 0 when it did not answer.
    private async Task<(int Status, string? Error)> PostAsync(CallbackRecord callback)
    {
        byte[] body = Body(callback);
        using var timeout = new CancellationTokenSource(_settings.Timeout, _time);
        using CancellationTokenRegistration link = _stop.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), timeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, callback.Url)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ReadOnlyMemoryContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TryAddWithoutValidation(DeliveryHeader, callback.Number.ToString(CultureInfo.InvariantCulture));
        long unixSeconds = _time.GetUtcNow().ToUnixTimeSeconds();
        request.Headers.TryAddWithoutValidation(CallbackSigner.Header, CallbackSigner.Sign(_settings.Secret.Span, unixSeconds, body));
        try
        {
            // The status line decides; what the receiver says beyond it is not read.
            using HttpResponseMessage response = await _client.SendAsync(request, timeout.Token);
            int status = (int)response.StatusCode;
            return (status, status is >= 200 and < 300 ? null : $"HTTP {status}");
        }
        catch (OperationCanceledException)
        {
            return (0, $"no answer within {_settings.Timeout.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException error)
        {
            return (0, error.HttpRequestError.ToString());
        }
        catch (IOException)
        {
            return (0, "the connection broke");
        }
    }

    private byte[] Body(CallbackRecord callback)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, CallParameters.Options);
        _shown.Write(json, callback.Message, whole: true);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The call-back about message {Message} to {Host} is given up after {Failures} attempts: {Error}")]
    private static partial void LogDead(ILogger logger, MessageId message, string host, int failures, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Call-backs: the store failed; tried again soon")]
    private static partial void LogBroken(ILogger logger, Exception exception);
}

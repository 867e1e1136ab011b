using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>
/// Delivers status call-backs. One loop owns what is under way:
/// 1. it asks the store for what is due, every Limits.CallbackPollMs and as soon as an attempt has ended;
/// 2. it begins attempts, a bounded number for each host and for all, so that a slow host holds up only itself;
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
    private readonly Dictionary<long, Task<bool>> _underWay = [];
    private readonly Dictionary<long, string> _hosts = [];
    private readonly Dictionary<string, int> _perHost = new(StringComparer.OrdinalIgnoreCase);
    private Task _loop = Task.CompletedTask;

    public CallbackLoop(IOutboxStore store, BotAccess access, CallbackSettings settings, TimeProvider time, ILogger logger)
    {
        (_store, _shown, _settings, _time, _logger) = (store, new MessageJson(access), settings, time, logger);
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
                // 1. What is due
                Reap();
                IReadOnlyList<CallbackRecord> due = await _store.DueCallbacksAsync(Limits.CallbackPage);

                // 2. Begin
                foreach (CallbackRecord callback in due) Begin(callback);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                LogBroken(_logger, error);
            }

            await WaitAsync();
        }

        await Task.WhenAll(_underWay.Values);
    }

    private void Begin(CallbackRecord callback)
    {
        string host = callback.Url.Authority;
        if (_underWay.Count >= Limits.CallbacksMax || _underWay.ContainsKey(callback.Number)) return;
        if (_perHost.GetValueOrDefault(host) >= Limits.CallbacksPerHostMax) return;
        _perHost[host] = _perHost.GetValueOrDefault(host) + 1;
        _hosts[callback.Number] = host;
        _underWay[callback.Number] = Task.Run(() => AttemptAsync(callback));
    }

    private void Reap()
    {
        foreach ((long number, Task<bool> task) in _underWay)
        {
            if (!task.IsCompleted) continue;
            _underWay.Remove(number);
            _hosts.Remove(number, out string? host);
            if (--_perHost[host!] == 0) _perHost.Remove(host!);
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

    private async Task<bool> AttemptAsync(CallbackRecord callback)
    {
        MessageApiMetrics.CallbackInFlight(1);
        try
        {
            // 3. Attempt
            string? error = await PostAsync(callback);
            if (error is null)
            {
                MessageApiMetrics.Callback("delivered");
                await _store.CallbackDoneAsync(callback.Number);
                return true;
            }

            // A stop is nobody's failure.
            if (_stop.IsCancellationRequested) return false;

            // 4. Again or dead
            int failures = callback.Failures + 1;
            long nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
            bool dead = failures >= _settings.AttemptsMax || nowMs - callback.Message.UpdatedUnixMs >= (long)_settings.AgeMax.TotalMilliseconds;
            MessageApiMetrics.Callback(dead ? "dead" : "failed");
            if (dead) LogDead(_logger, callback.Message.Id, callback.Url.Host, failures, error);
            await _store.CallbackFailedAsync(callback.Number, nowMs + RetrySchedule.DelayMs(failures, 0, Random.Shared), dead, error);
            return false;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            LogBroken(_logger, error);
            return false;
        }
        finally
        {
            MessageApiMetrics.CallbackInFlight(-1);
            Wake();
        }
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

    // Null when the receiver took it; else what went wrong.
    private async Task<string?> PostAsync(CallbackRecord callback)
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
            return status is >= 200 and < 300 ? null : $"HTTP {status}";
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {_settings.Timeout.TotalSeconds:0.#} s";
        }
        catch (HttpRequestException error)
        {
            return error.HttpRequestError.ToString();
        }
        catch (IOException)
        {
            return "the connection broke";
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

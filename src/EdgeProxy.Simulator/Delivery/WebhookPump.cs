using System.Net;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Simulator.Delivery;

/// <summary>
/// Posts updates to a bot's webhook by Telegram's rules: one in flight per key, up to max_connections across keys, only 2xx is
/// success, redirects are not followed, a failure blocks its own key only.
/// </summary>
internal sealed class WebhookPump(FakeBot bot, FakeTelegramOptions options, SimStats stats, HttpClient http)
{
    private static readonly TimeSpan GoneForMax = TimeSpan.FromHours(23);

    private readonly Lock _gate = new();
    private readonly Dictionary<DeliveryKey, KeyLane> _lanes = [];
    private readonly Queue<KeyLane> _ready = new();
    private readonly Random _random = new(options.Seed);
    private readonly CancellationTokenSource _stop = new();
    private WebhookSettings? _settings;
    private int _generation;
    private int _inFlight;
    private DateTimeOffset? _goneSince;

    /// <summary>last_error_date and last_error_message of getWebhookInfo.</summary>
    public (long UnixS, string Message) LastError { get; private set; }

    /// <summary>Starts over with new settings (null: none) and everything that waits.</summary>
    public void Restart(WebhookSettings? settings, IEnumerable<SimUpdate> waiting)
    {
        lock (_gate)
        {
            _settings = settings;
            _generation++;
            _lanes.Clear();
            _ready.Clear();
            _goneSince = null;
            LastError = default;
        }

        foreach (SimUpdate update in waiting)
        {
            Add(update);
        }
    }

    public void Add(SimUpdate update)
    {
        lock (_gate)
        {
            if (_settings is null)
            {
                return;
            }

            if (!_lanes.TryGetValue(update.Key, out KeyLane? lane))
            {
                _lanes[update.Key] = lane = new KeyLane(update.Key, _generation);
                _ready.Enqueue(lane);
            }

            lane.Waiting.Enqueue(update);
            Pump();
        }
    }

    public void Stop()
    {
        Restart(null, []);
        _stop.Cancel();
    }

    /// <summary>Caller holds the gate.</summary>
    private void Pump()
    {
        while (_settings is { } settings && _inFlight < settings.MaxConnections && _ready.TryDequeue(out KeyLane? lane))
        {
            _inFlight++;
            SimUpdate head = lane.Waiting.Peek();
            bool twice = lane.Failures == 0 && options.DuplicateProbability > 0 && _random.NextDouble() < options.DuplicateProbability;
            _ = Task.Run(() => DeliverAsync(lane, head, settings, twice));
        }
    }

    private async Task DeliverAsync(KeyLane lane, SimUpdate update, WebhookSettings settings, bool twice)
    {
        if (twice)
        {
            stats.DuplicateInjected();
            _ = PostAsync(update, settings);
        }

        DeliveryAnswer answer = await PostAsync(update, settings);
        if (answer.IsSuccess)
        {
            stats.WebhookAccepted();
            bot.Updates.Remove(update.UpdateId);
            lock (_gate)
            {
                _goneSince = null;
                lane.Failures = 0;
                lane.Waiting.Dequeue();
                Release(lane, lane.Waiting.Count > 0);
            }

            bot.RunReply(answer.Body);
            return;
        }

        stats.WebhookFailed();
        TimeSpan delay;
        bool gone;
        lock (_gate)
        {
            LastError = (options.Clock.GetUtcNow().ToUnixTimeSeconds(), answer.Error);
            lane.Failures++;
            delay = RetryDelay.Next(lane.Failures, answer.RetryAfterS, options.RetryScale, _random);
            gone = IsGone(answer.Status);
            _inFlight--;
            Pump();
        }

        if (gone)
        {
            bot.Updates.SetWebhook(null, dropPending: false);
            return;
        }

        await RetryAsync(lane, delay);
    }

    private async Task RetryAsync(KeyLane lane, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, options.Clock, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        lock (_gate)
        {
            if (lane.Generation == _generation)
            {
                _ready.Enqueue(lane);
                Pump();
            }
        }
    }

    /// <summary>Caller holds the gate. An empty lane is forgotten; a lane of an older webhook is dead already.</summary>
    private void Release(KeyLane lane, bool more)
    {
        _inFlight--;
        if (lane.Generation == _generation)
        {
            if (more)
            {
                _ready.Enqueue(lane);
            }
            else
            {
                _lanes.Remove(lane.Key);
            }
        }

        Pump();
    }

    /// <summary>410 for 23 hours removes the webhook. Caller holds the gate.</summary>
    private bool IsGone(int status)
    {
        if (status != (int)HttpStatusCode.Gone)
        {
            _goneSince = null;
            return false;
        }

        DateTimeOffset now = options.Clock.GetUtcNow();
        _goneSince ??= now;
        return now - _goneSince >= GoneForMax * options.RetryScale;
    }

    private async Task<DeliveryAnswer> PostAsync(SimUpdate update, WebhookSettings settings)
    {
        stats.WebhookAttempt();
        using var request = new HttpRequestMessage(HttpMethod.Post, settings.Url);
        request.Content = new ByteArrayContent(update.Body);
        request.Content.Headers.ContentType = new("application/json");
        if (settings.Secret.Length > 0)
        {
            request.Headers.Add("X-Telegram-Bot-Api-Secret-Token", settings.Secret);
        }

        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, _stop.Token);
            byte[] body = await response.Content.ReadAsByteArrayAsync(_stop.Token);
            var retryAfter = response.Headers.RetryAfter?.Delta;
            return new DeliveryAnswer((int)response.StatusCode, (int?)retryAfter?.TotalSeconds, body,
                $"Wrong response from the webhook: {(int)response.StatusCode} {response.ReasonPhrase}");
        }
        catch (HttpRequestException)
        {
            return new DeliveryAnswer(0, null, [], "Connection refused or reset");
        }
        catch (OperationCanceledException)
        {
            return new DeliveryAnswer(0, null, [], "Read timeout expired");
        }
        catch (IOException)
        {
            return new DeliveryAnswer(0, null, [], "Connection closed");
        }
    }
}

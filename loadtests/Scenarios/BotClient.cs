using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// A bot as frameworks make them: sendMessage against an API root, and on 429 it sleeps retry_after and sends again (grammY's auto-retry,
/// telegraf's and python-telegram-bot's rate limiters do so). Safe for many callers.
/// </summary>
internal sealed class BotClient(Uri apiRoot)
{
    private const int AttemptsMax = 1_000;
    private readonly Uri _send = new(apiRoot, $"/bot{EdgeConfig.Token}/sendMessage");
    private long _floods;
    private long _failures;
    private string? _firstFailure;

    /// <summary>429 answers that it got.</summary>
    public long Floods => Interlocked.Read(ref _floods);

    /// <summary>Messages it gave up: any answer but 200 and 429.</summary>
    public long Failures => Interlocked.Read(ref _failures);
    public string? FirstFailure => _firstFailure;

    /// <summary>Opens a connection and makes both sides compile what they need: a call that costs no budget.</summary>
    public async Task WarmUpAsync()
    {
        for (int call = 0; call < 20; call++)
        {
            using HttpResponseMessage reply = await Arena.Http.GetAsync(new Uri(_send, "getMe"));
            if (!reply.IsSuccessStatusCode) throw new LoadException($"getMe answered {(int)reply.StatusCode}: {await reply.Content.ReadAsStringAsync()}");
        }
    }

    /// <summary>Sends until it is accepted. False when it was given up or the time was over.</summary>
    /// <param name="chatId">Whom.</param>
    /// <param name="text">What.</param>
    /// <param name="priority">X-Edge-Priority; null sends no such header.</param>
    /// <param name="cancellationToken">The end of the time.</param>
    public async Task<bool> SendAsync(long chatId, string text, string? priority, CancellationToken cancellationToken)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { chat_id = chatId, text });
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, _send) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                if (priority is not null) request.Headers.Add("X-Edge-Priority", priority);
                using HttpResponseMessage reply = await Arena.Http.SendAsync(request, cancellationToken);
                string answer = await reply.Content.ReadAsStringAsync(cancellationToken);
                if (reply.IsSuccessStatusCode) return true;
                if ((int)reply.StatusCode != 429) return Fail($"{(int)reply.StatusCode} {answer}");
                Interlocked.Increment(ref _floods);
                await Task.Delay(RetryAfter(answer), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            catch (HttpRequestException exception)
            {
                return Fail(exception.Message);
            }
        }

        return Fail($"still 429 after {AttemptsMax} attempts");
    }

    /// <summary>Every message of the mix: in order within a chat, all chats at once. Returns the seconds it took.</summary>
    public async Task<double> SendAllAsync(ChatMix mix, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, mix.Chats.Count).Select(async index =>
        {
            int count = mix.MessagesOf(index);
            for (int number = 1; number <= count; number++)
            {
                // One that was given up leaves a gap that the comparison with the simulator's record shows.
                await SendAsync(mix.Chats[index], $"message {number}", null, cancellationToken);
            }
        }));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static TimeSpan RetryAfter(string answer)
    {
        using JsonDocument document = JsonDocument.Parse(answer);
        return TimeSpan.FromSeconds(document.RootElement.GetProperty("parameters").GetProperty("retry_after").GetInt32());
    }

    private bool Fail(string why)
    {
        Interlocked.Increment(ref _failures);
        Interlocked.CompareExchange(ref _firstFailure, why, null);
        return false;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// A bulk send fills the bot's budget; meanwhile 50 people write and are answered. Half of the answers say that they are interactive
/// (X-Edge-Priority), the other half say nothing and rely on the update that the proxy took just before. The delay counts from the moment the answer
/// was due and includes the simulator's own time.
/// </summary>
internal static class LanesInteractiveScenario
{
    private const int BulkMessages = 20_000;
    private const int BulkChats = 2_000;
    private const long FirstBulkChat = 800_000_001;

    /// <summary>Bulk calls that wait in the proxy at once: at 30/s each waits 13 s, within the 30 s that it holds a caller.</summary>
    private const int BulkInFlight = 400;
    private const int ActiveChats = 50;
    private const long FirstActiveChat = 900_000_001;
    private const double RepliesPerSecond = 6;

    /// <summary>A person's next message comes after this time, seconds, so that no answer waits for its own chat's budget.</summary>
    private const double ChatPauseS = 2;
    private const double UpdateBeforeReplyS = 0.3;
    private const double RatePerSecond = 30;
    private const int Burst = 30;
    private const int Seed = 20_260;

    public static Scenario Make() => new()
    {
        Name = "lanes-interactive",
        Title = "Answers to 50 active chats during a bulk send of 20,000 messages, beside one FIFO limiter",
        Variants = [new Variant("proxy", ProxyAsync), new Variant("fifo", FifoAsync)],
        Budgets =
        [
            Budget.Below("proxy", "answers p99", 50),
            Budget.Max("proxy", "429 at the simulator", 0),
            Budget.Max("proxy", "answers lost", 0),
            Budget.Min("proxy", "bulk sent", 100),
        ],
    };

    private static double SecondsOf(Round round) => round.Quick ? 30 : 90;

    private static async Task ProxyAsync(Round round)
    {
        SimulatorProcess simulator = await round.Arena.StartSimulatorAsync();
        ChildProcess proxy = await round.Arena.StartProxyAsync(new EdgeConfig { ApiRoot = simulator.Url, TakesUpdates = true });
        var bulk = new BotClient(proxy.Url);
        var replies = new BotClient(proxy.Url);
        await bulk.WarmUpAsync();
        await TakeUpdateAsync(proxy.Url, FirstActiveChat - 1, 1);

        using var over = new CancellationTokenSource();
        ProcessUse before = proxy.Use;
        Task<long> sending = SendBulkAsync(bulk, over.Token);
        Histogram all = new(), byHeader = new(), heard = new();
        int lost = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Arrivals(SecondsOf(round)).Select(async (arrival, index) =>
        {
            await DelayUntilAsync(start, arrival.At - UpdateBeforeReplyS);
            await TakeUpdateAsync(proxy.Url, arrival.Chat, index + 2);
            await DelayUntilAsync(start, arrival.At);
            string? priority = arrival.Chat % 2 == 0 ? "interactive" : null;
            if (!await replies.SendAsync(arrival.Chat, "answer", priority, CancellationToken.None)) Interlocked.Increment(ref lost);
            TimeSpan delay = Stopwatch.GetElapsedTime(start) - TimeSpan.FromSeconds(arrival.At);
            all.Add(delay);
            (priority is null ? heard : byHeader).Add(delay);
        }));
        ProcessUse after = proxy.Use;
        await over.CancelAsync();
        long bulkSent = await sending;

        SimulatorStats stats = await simulator.StatsAsync();
        round.Add("answers", all);
        round.Add("answers, by header", byHeader);
        round.Add("answers, heard lately", heard);
        round.Add("answers in all", all.Count);
        round.Add("answers lost", lost);
        round.Add("429 for answers", replies.Floods);
        round.Add("429 at the simulator", stats.Floods);
        round.Add("bulk sent", bulkSent);
        round.Add("429 for bulk", bulk.Floods);
        round.Add("bot's rate", stats.Sends / SecondsOf(round), "/s");
        round.Add("proxy", before, after, stats.Sends);
        if ((replies.FirstFailure ?? bulk.FirstFailure) is { } failure) round.Note("first failure: " + failure);
    }

    private static Task FifoAsync(Round round)
    {
        double[] arrivals = [.. Arrivals(SecondsOf(round)).Select(arrival => arrival.At)];
        var waits = new Histogram();
        foreach (double wait in FifoLimiter.Waits(arrivals, RatePerSecond, Burst, BulkInFlight, BulkMessages)) waits.Add(TimeSpan.FromSeconds(wait));
        round.Add("answers", waits);
        round.Note($"the same arrivals behind one queue at {RatePerSecond}/s, of which the bulk send keeps {BulkInFlight} places; computed, not slept");
        return Task.CompletedTask;
    }

    /// <summary>Random moments (a Poisson process) and chats; the same for both variants.</summary>
    private static List<(double At, long Chat)> Arrivals(double seconds)
    {
        var random = new Random(Seed);
        double[] free = new double[ActiveChats];
        var arrivals = new List<(double, long)>();
        for (double at = 1; (at -= Math.Log(1 - random.NextDouble()) / RepliesPerSecond) < seconds;)
        {
            int[] quiet = [.. Enumerable.Range(0, ActiveChats).Where(chat => free[chat] <= at)];
            if (quiet.Length == 0) continue;
            int chosen = quiet[random.Next(quiet.Length)];
            free[chosen] = at + ChatPauseS;
            arrivals.Add((at, FirstActiveChat + chosen));
        }

        return arrivals;
    }

    private static async Task<long> SendBulkAsync(BotClient client, CancellationToken over)
    {
        long next = 0, sent = 0;
        await Task.WhenAll(Enumerable.Range(0, BulkInFlight).Select(async _ =>
        {
            while (!over.IsCancellationRequested && Interlocked.Increment(ref next) is <= BulkMessages and var number)
            {
                if (await client.SendAsync(FirstBulkChat + (number % BulkChats), "news", "bulk", over)) Interlocked.Increment(ref sent);
            }
        }));
        return sent;
    }

    /// <summary>The person writes: what makes the chat heard.</summary>
    private static async Task TakeUpdateAsync(Uri proxy, long chat, long updateId)
    {
        string update = string.Create(CultureInfo.InvariantCulture,
            $$"""
            {"update_id":{{updateId}},"message":{"message_id":{{updateId}},"from":{"id":{{chat}},"is_bot":false,"first_name":"A" },
            "chat":{"id":{{chat}},"type":"private","first_name":"A"},"date":1700000000,"text":"hello"} }
            """);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy, "/telegram/webhook/" + EdgeConfig.Bot));
        request.Headers.Add("X-Telegram-Bot-Api-Secret-Token", EdgeConfig.WebhookSecret);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(update));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage reply = await Arena.Http.SendAsync(request);
        if (!reply.IsSuccessStatusCode) throw new LoadException($"the proxy answered {(int)reply.StatusCode} to an update");
    }

    private static async Task DelayUntilAsync(long start, double seconds)
    {
        TimeSpan wait = TimeSpan.FromSeconds(seconds) - Stopwatch.GetElapsedTime(start);
        if (wait > TimeSpan.Zero) await Task.Delay(wait);
    }
}

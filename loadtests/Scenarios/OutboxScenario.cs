using System.Diagnostics;
using System.Globalization;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>The durable way out: how fast messages are taken, and what five million of them cost while they wait.</summary>
internal static class OutboxScenario
{
    private const int BroadcastChats = 1_000_000;
    private const int LaterBroadcasts = 4;
    private const int QuickBroadcastChats = 100_000;
    private const int QuickLaterBroadcasts = 1;
    private const long FirstChat = 1_000_001;
    private const int MemorySamples = 50;
    private static readonly TimeSpan MemoryPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstSendBound = TimeSpan.FromSeconds(60);

    public static Scenario Make() => new()
    {
        Name = "outbox",
        Title = "The outbox takes messages durably (202 after the disk), and holds 5,000,000 of them",
        Rounds = 3,
        Variants =
        [
            new HttpLoad { Target = Targets.ProxyAsync, Request = Requests.Message, Status = 202 }.As("accept c=64"),
            new HttpLoad { Target = Targets.ProxyAsync, Request = Requests.Message, Status = 202, PerSecond = 3_000 }.As("accept 3,000/s"),
            new Variant("backlog", BacklogAsync) { Once = true },
        ],
        Budgets =
        [
            Budget.Min("accept c=64", "rate", 5_000),
            Budget.Max("accept c=64", "errors", 0),
            Budget.Max("accept 3,000/s", "errors", 0),
            Budget.Max("backlog", "missing of the backlog", 0),
            Budget.Below("backlog", "RSS with the backlog", 200),
            Budget.Below("backlog", "RSS after the restart", 200),
            Budget.Max("backlog", "start to first send", 2),
        ],
    };

    /// <summary>Most of the backlog waits for tomorrow, a broadcast of it is due: that one must go on after a restart.</summary>
    private static async Task BacklogAsync(Round round)
    {
        int chats = round.Quick ? QuickBroadcastChats : BroadcastChats;
        int later = round.Quick ? QuickLaterBroadcasts : LaterBroadcasts;
        SimulatorProcess simulator = await round.Arena.StartSimulatorAsync();
        ChildProcess proxy = await round.Arena.StartProxyAsync(new EdgeConfig { ApiRoot = simulator.Url });
        var api = new OutboxClient(proxy.Url);

        // 1. Load
        string tomorrow = TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var broadcasts = new List<string>();
        long loading = Stopwatch.GetTimestamp();
        ProcessUse before = proxy.Use;
        for (int number = 0; number < later; number++)
        {
            object head = new { bot = EdgeConfig.Bot, name = $"later {number}", text = "news", not_before = tomorrow };
            broadcasts.Add(await api.BroadcastAsync(head, FirstChat, chats));
            round.Say($"{chats * (number + 1):#,0} messages are queued");
        }

        broadcasts.Add(await api.BroadcastAsync(new { bot = EdgeConfig.Bot, name = "due", text = "news" }, FirstChat, chats));
        double seconds = Stopwatch.GetElapsedTime(loading).TotalSeconds;
        ProcessUse after = proxy.Use;
        long recipients = 0;
        foreach (string broadcast in broadcasts) recipients += (await api.ProgressAsync(broadcast)).Recipients;
        long wanted = (long)chats * (later + 1);
        round.Add("backlog", recipients);
        round.Add("missing of the backlog", wanted - recipients);
        round.Add("load rate", recipients / seconds, "/s");
        round.Add("proxy CPU/message loaded", (after.CpuUs - before.CpuUs) / (double)wanted, "µs");
        round.Add("RSS with the backlog", await LargestRssAsync(proxy), "MB");
        round.Add("peak RSS while loading", proxy.Use.PeakRssBytes / 1e6, "MB");

        // 2. Restart
        if (!await proxy.StopAsync()) round.Note("the proxy did not stop on SIGTERM within 30 s and was killed");
        long sent = (await simulator.StatsAsync()).Sends;
        long starting = Stopwatch.GetTimestamp();
        proxy.Launch();
        while ((await simulator.StatsAsync()).Sends == sent)
        {
            if (proxy.HasExited) throw new LoadException("the proxy ended after its restart\n" + proxy.Log);
            if (Stopwatch.GetElapsedTime(starting) > FirstSendBound) throw new LoadException($"no send within {FirstSendBound} of the restart\n{proxy.Log}");
            await Task.Delay(5);
        }

        round.Add("start to first send", Stopwatch.GetElapsedTime(starting).TotalSeconds, "s");
        round.Add("RSS after the restart", await LargestRssAsync(proxy), "MB");
    }

    /// <summary>Megabytes, over five seconds.</summary>
    private static async Task<double> LargestRssAsync(ChildProcess process)
    {
        long largest = 0;
        for (int sample = 0; sample < MemorySamples; sample++)
        {
            largest = Math.Max(largest, process.Use.RssBytes);
            await Task.Delay(MemoryPause);
        }

        return largest / 1e6;
    }
}

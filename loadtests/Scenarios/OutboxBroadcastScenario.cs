using System.Diagnostics;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>A paid broadcast at 1,000 a second: as fast as allowed, still when paused, and its progress is what the simulator has counted.</summary>
internal static class OutboxBroadcastScenario
{
    private const int Chats = 100_000;
    private const int QuickChats = 20_000;
    private const long FirstChat = 1_000_001;
    private const double PauseAtShare = 0.4;
    private const int StarsPerDay = 1_000_000;

    /// <summary>Left out of the rate at both ends of a run, milliseconds: the burst at its start, what was in flight at its end.</summary>
    private const int EdgeMs = 2_000;
    private static readonly TimeSpan InFlightEnds = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseLasts = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(6);

    public static Scenario Make() => new()
    {
        Name = "outbox-broadcast",
        Title = "A paid broadcast to 100,000 chats (budget 1,000/s), paused and resumed at 40 %",
        Variants = [new Variant("proxy", MeasureAsync)],
        Budgets =
        [
            Budget.Min("proxy", "rate", 990),
            Budget.Max("proxy", "rate", 1_010),
            Budget.Max("proxy", "429 at the simulator", 0),
            Budget.Max("proxy", "sent while paused", 0),
            Budget.Max("proxy", "progress off at the pause", 0),
            Budget.Max("proxy", "progress off at the end", 0),
            Budget.Max("proxy", "missing", 0),
            Budget.Max("proxy", "doubled", 0),
        ],
    };

    private static async Task MeasureAsync(Round round)
    {
        int chats = round.Quick ? QuickChats : Chats;
        SimulatorProcess simulator = await round.Arena.StartSimulatorAsync(paid: true);
        ChildProcess proxy = await round.Arena.StartProxyAsync(new EdgeConfig
        {
            ApiRoot = simulator.Url,
            Lanes = new Dictionary<string, object> { ["PaidStarsPerDay"] = StarsPerDay },
        });
        var api = new OutboxClient(proxy.Url);
        ProcessUse before = proxy.Use;
        long started = Stopwatch.GetTimestamp();
        object head = new { bot = EdgeConfig.Bot, name = "paid", text = "news", @params = new { allow_paid_broadcast = true } };
        string id = await api.BroadcastAsync(head, FirstChat, chats);
        round.Add("loaded after", Stopwatch.GetElapsedTime(started).TotalSeconds, "s");

        // 1. To the pause, and through it
        await UntilAsync(started, async () => (await simulator.StatsAsync()).Sends >= chats * PauseAtShare);
        await api.CommandAsync(id, "pause");
        await Task.Delay(InFlightEnds);
        long atPause = (await simulator.StatsAsync()).Sends;
        await Task.Delay(PauseLasts);
        long afterPause = (await simulator.StatsAsync()).Sends;
        round.Add("sent while paused", afterPause - atPause);
        round.Add("progress off at the pause", Math.Abs((await api.ProgressAsync(id)).Sent - afterPause));

        // 2. To the end
        await api.CommandAsync(id, "resume");
        await UntilAsync(started, async () => (await api.ProgressAsync(id)).Status == "done");
        ProcessUse after = proxy.Use;
        SimulatorStats stats = await simulator.StatsAsync();
        List<AcceptedSend> sends = await simulator.SendsAsync();
        int distinct = sends.Select(send => send.ChatId).Distinct().Count();
        round.Add("progress off at the end", Math.Abs((await api.ProgressAsync(id)).Sent - stats.Sends));
        round.Add("missing", chats - distinct);
        round.Add("doubled", sends.Count - distinct);
        round.Add("429 at the simulator", stats.Floods);
        round.Add("rate", Rate(sends), "/s");
        round.Add("proxy", before, after, stats.Sends);
    }

    /// <summary>Sends a second while it ran: without the pause, and without the edges of both runs.</summary>
    private static double Rate(List<AcceptedSend> sends)
    {
        long[] times = [.. sends.Select(send => send.AtUnixMs).Order()];
        int pause = Enumerable.Range(1, times.Length - 1).MaxBy(index => times[index] - times[index - 1]);
        double count = 0, ms = 0;
        foreach (long[] run in (long[][])[times[..pause], times[pause..]])
        {
            long from = run[0] + EdgeMs, until = run[^1] - EdgeMs;
            if (until <= from) continue;
            count += run.Count(time => time >= from && time < until);
            ms += until - from;
        }

        return 1000 * count / ms;
    }

    private static async Task UntilAsync(long started, Func<Task<bool>> isTrue)
    {
        while (!await isTrue())
        {
            if (Stopwatch.GetElapsedTime(started) > Bound) throw new LoadException($"the broadcast did not get there within {Bound}");
            await Task.Delay(50);
        }
    }
}

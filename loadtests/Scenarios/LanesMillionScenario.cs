using System.Diagnostics;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.LoadTests.Load;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>
/// The scheduler alone, in this process: a message to each of a million chats. The clock stands still and the bot's budget is larger than that, so
/// that nothing waits for a token and every lane is still remembered when memory is counted. Beside it the dearer case: every message waits in its
/// lane until the clock has moved on.
/// </summary>
internal static class LanesMillionScenario
{
    private const int Chats = 1_000_000;
    private const int QuickChats = 200_000;
    private const int WarmUpChats = 50_000;
    private const int Callers = 64;
    private const int QueuedChats = 900;
    private const int QueuedPerChat = 100;
    private static readonly TimeSpan QueuedStep = TimeSpan.FromMilliseconds(250);
    private const long FirstChat = 100_000_001;

    /// <summary>How far the clock is moved for eviction, and in which steps: enough for any idle time and for a walk over all lanes in pieces.</summary>
    private const int EvictionMinutes = 24 * 60;
    private static readonly TimeSpan QueuedBound = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EvictionBound = TimeSpan.FromSeconds(30);

    public static Scenario Make() => new()
    {
        Name = "lanes-million",
        QuickRounds = 3,
        Title = "The lane scheduler alone: 1,000,000 chats, one message each",
        Rounds = 3,
        Variants = [new Variant("scheduler", MeasureAsync), new Variant("queued", QueuedAsync)],
        Budgets =
        [
            Budget.Max("scheduler", "idle lane", 200),
            Budget.Max("scheduler", "CPU/message", 3),
            Budget.Max("queued", "CPU/message", 3),
            Budget.Max("scheduler", "lanes after eviction", 0),
            Budget.Max("scheduler", "memory kept after eviction", 5),
        ],
    };

    private static async Task MeasureAsync(Round round)
    {
        int chats = round.Quick ? QuickChats : Chats;
        await WarmUpAsync();
        var clock = new ManualClock();
        await using LaneScheduler scheduler = Make(clock);
        await TouchAsync(scheduler, 1, 1);
        long empty = LiveBytes();
        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
        long started = Stopwatch.GetTimestamp();
        await TouchAsync(scheduler, chats, Callers);
        TimeSpan wall = Stopwatch.GetElapsedTime(started);
        TimeSpan cpu = Environment.CpuUsage.TotalTime - cpuBefore;
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
        long full = LiveBytes();
        LaneSnapshot touched = scheduler.Snapshot();
        round.Add("lanes", touched.Lanes);
        round.Add("idle lane", (full - empty) / (double)Math.Max(1, touched.Lanes), "B");
        round.Add("CPU/message", cpu.TotalMicroseconds / chats, "µs");
        round.Add("messages", chats / wall.TotalSeconds, "/s");
        round.Add("allocated/message", allocated / (double)chats, "B");
        if (touched.Lanes < chats) round.Note($"only {touched.Lanes} of {chats} lanes are remembered: their size says little");

        long evicting = Stopwatch.GetTimestamp();
        for (int minute = 0; minute < EvictionMinutes && scheduler.Snapshot().Lanes > 0 && Stopwatch.GetElapsedTime(evicting) < EvictionBound; minute++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(5);
        }

        round.Add("lanes after eviction", scheduler.Snapshot().Lanes);
        long left = LiveBytes();
        round.Add("memory of all lanes", (full - empty) / 1e6, "MB");
        round.Add("memory kept after eviction", 100 * (left - empty) / (double)Math.Max(1, full - empty), "%");
    }

    /// <summary>90,000 messages wait at once (the scheduler takes 100,000), 100 in each lane; each is granted when its chat's budget has it.</summary>
    private static async Task QueuedAsync(Round round)
    {
        await QueueAsync(QueuedPerChat / 10);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        int granted = await QueueAsync(QueuedPerChat);
        TimeSpan cpu = Environment.CpuUsage.TotalTime - before;
        round.Add("CPU/message", cpu.TotalMicroseconds / granted, "µs");
        round.Note(
            $"{QueuedChats * QueuedPerChat:#,0} messages to {QueuedChats:#,0} chats wait at once and go at 1/s per chat; their callers' tasks are in the CPU");
    }

    private static async Task<int> QueueAsync(int perChat)
    {
        var clock = new ManualClock();
        await using LaneScheduler scheduler = Make(clock);
        int granted = 0;
        long started = Stopwatch.GetTimestamp();
        Task all = Task.WhenAll(Enumerable.Range(0, QueuedChats * perChat).Select(async index =>
        {
            var request = new LaneRequest(new LaneKey(FirstChat + (index % QueuedChats)), LanePriority.Normal, 1, false, int.MaxValue, HoldsLane: true);
            LaneGrant grant = await scheduler.EnterAsync(in request, CancellationToken.None);
            if (grant.Verdict != LaneVerdict.Granted) throw new LoadException($"the scheduler said {grant.Verdict}");
            Interlocked.Increment(ref granted);
            scheduler.Leave(grant, SendOutcome.Sent, 0);
        }));
        while (!all.IsCompleted)
        {
            if (Stopwatch.GetElapsedTime(started) > QueuedBound) throw new LoadException($"{granted} messages were granted within {QueuedBound}");
            clock.Advance(QueuedStep);
            await Task.WhenAny(all, Task.Delay(1));
        }

        await all;
        return granted;
    }

    /// <summary>Compiles everything. A method of its own, so that nothing of it is alive when memory is counted.</summary>
    private static async Task WarmUpAsync()
    {
        await using LaneScheduler scheduler = Make(new ManualClock());
        await TouchAsync(scheduler, WarmUpChats, Callers);
    }

    /// <summary>One message to each chat, by callers that each wait for their turn before they go on.</summary>
    private static Task TouchAsync(LaneScheduler scheduler, int chats, int callers) =>
        Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(scheduler, caller, chats, callers))));

    private static async Task CallAsync(LaneScheduler scheduler, int first, int chats, int step)
    {
        for (int chat = first; chat < chats; chat += step)
        {
            var request = new LaneRequest(new LaneKey(FirstChat + chat), LanePriority.Normal, 1, Paid: false, MaxWaitMs: 60_000, HoldsLane: true);
            LaneGrant grant = await scheduler.EnterAsync(in request, CancellationToken.None);
            if (grant.Verdict != LaneVerdict.Granted) throw new LoadException($"the scheduler said {grant.Verdict}");
            scheduler.Leave(grant, SendOutcome.Sent, 0);
        }
    }

    private static LaneScheduler Make(TimeProvider clock)
    {
        if (!BotToken.TryParse(Processes.EdgeConfig.Token, out BotToken? token)) throw new LoadException("the token of the load tests is malformed");
        var bot = new Bot { Name = Processes.EdgeConfig.Bot, Token = token, ApiRoot = new Uri("http://127.0.0.1:9") };
        var settings = new LaneSettings { PerSecond = 10_000_000, Burst = 10_000_000 };
        return new LaneScheduler(bot, settings, clock, NullLogger.Instance);
    }

    private static long LiveBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}

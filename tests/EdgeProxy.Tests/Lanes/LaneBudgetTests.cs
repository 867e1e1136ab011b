using EdgeProxy.Lanes;
using EdgeProxy.Tests.Telegram;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Lanes;

/// <summary>The budgets against counters of their own: never above, hardly below.</summary>
public sealed class LaneBudgetTests
{
    private static StrictTelegram Telegram(LaneSettings settings) => new(
        settings.PrivatePerSecond, settings.PrivateBurst, settings.GroupPerMinute / 60, settings.GroupBurst, settings.PerSecond, settings.PerSecond);

    /// <summary>Chats and calls at random; Telegram counts at any moment between grant and answer, at its edges more often. FsCheck prints the seed.</summary>
    [Fact]
    public void Telegram_never_counts_too_much() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(JsonText.Seeds, seed =>
        {
            var random = new Random(seed);
            using var rig = new LaneRig(new LaneSettings { PrivateBurst = random.Next(1, 5), GroupBurst = random.Next(1, 5), LaneDepth = 10_000 });
            StrictTelegram telegram = Telegram(rig.Settings);
            int chats = random.Next(1, 60);
            double latencyMs = random.Next(3) switch { 0 => 5, 1 => 150, _ => 1_500 };
            for (int call = 0; call < 500; call++)
            {
                long chat = random.Next(1, chats + 1) * (random.Next(4) == 0 ? -1 : 1);
                int weight = random.Next(12) == 0 ? random.Next(2, 11) : 1;
                var priority = (LanePriority)random.Next(3);
                double flightMs = random.NextDouble() * latencyMs;
                double countedMs = random.Next(4) switch { 0 => 0, 1 => flightMs, _ => flightMs * random.NextDouble() };
                bool lost = random.Next(20) == 0;
                bool holds = random.Next(10) != 0;
                rig.AfterMs(random.Next(10_000), () => rig.Enter(LaneRig.To(chat, priority, weight, holds: holds, maxWaitMs: int.MaxValue), grant =>
                {
                    if (!lost) rig.AfterMs(countedMs, () => telegram.Accept(chat, weight, rig.Now));
                    rig.AfterMs(flightMs, () => rig.Scheduler.Leave(grant, lost ? SendOutcome.NotSent : SendOutcome.Sent, 0));
                }));
            }

            rig.RunOut(100_000);
            Assert.True(telegram.Violations.Count == 0, $"seed {seed}: {string.Join('\n', telegram.Violations.Take(5))}");
            return true;
        }));

    [Theory]
    [InlineData(300, 20, 100, 30.0)]
    [InlineData(300, 20, 600, 30.0)]
    [InlineData(12, 0, 100, 12.0)]
    [InlineData(0, 30, 100, 10.0)]
    [InlineData(1, 1, 300, 1.3333)]
    public void Of_the_legal_rate_hardly_anything_is_left(int privates, int groups, double latencyMs, double legalPerSecond)
    {
        const int Seconds = 300;
        using var rig = new LaneRig();
        StrictTelegram telegram = Telegram(rig.Settings);
        var random = new Random(7);
        for (int chat = 1; chat <= privates; chat++) Next(chat);
        for (int chat = 1; chat <= groups; chat++) Next(-chat);
        rig.RunFor(Seconds);
        Assert.Empty(telegram.Violations);
        Assert.InRange(telegram.Accepted, 0.98 * legalPerSecond * Seconds, double.MaxValue);

        void Next(long chat) => rig.Enter(LaneRig.To(chat), grant =>
        {
            double flightMs = latencyMs * (0.5 + random.NextDouble());
            rig.AfterMs(flightMs * random.NextDouble(), () => telegram.Accept(chat, 1, rig.Now));
            rig.AfterMs(flightMs, () => rig.Scheduler.Leave(grant, SendOutcome.Sent, 0));
            Next(chat);
        });
    }

    /// <summary>The worst that answers can do: all of a window is counted at its end, at once. The pace alone would let 45 pass.</summary>
    [Fact]
    public void However_late_Telegram_counts_the_bots_calls_it_never_counts_too_many()
    {
        const double WindowMs = 1_500;
        using var rig = new LaneRig();
        StrictTelegram telegram = Telegram(rig.Settings);
        for (int chat = 1; chat <= 200; chat++) Next(chat);
        rig.RunFor(30);
        Assert.Empty(telegram.Violations);
        Assert.InRange(telegram.Accepted, 0.6 * 30 * 30, double.MaxValue);

        void Next(long chat) => rig.Enter(LaneRig.To(chat), grant =>
        {
            rig.AfterMs(WindowMs - (rig.Now.TotalMilliseconds % WindowMs), () =>
            {
                telegram.Accept(chat, 1, rig.Now);
                rig.Scheduler.Leave(grant, SendOutcome.Sent, 0);
            });
            Next(chat);
        });
    }

    [Fact]
    public void An_album_needs_a_full_bucket_and_leaves_a_debt()
    {
        using var rig = new LaneRig();
        var grants = new List<double>();
        rig.Send(LaneRig.To(1), 0, () => grants.Add(rig.Now.TotalSeconds));
        rig.Send(LaneRig.To(1, weight: 10), 0, () => grants.Add(rig.Now.TotalSeconds));
        rig.Send(LaneRig.To(1), 0, () => grants.Add(rig.Now.TotalSeconds));
        rig.RunOut(100);

        // Full again 1 s after the first; then 3 - 10 = -7, and 8 s to the next token.
        Assert.Equal([0, 1, 9], grants.Select(grant => Math.Round(grant, 1)));
    }

    [Fact]
    public void Calls_that_never_left_cost_nothing()
    {
        using var rig = new LaneRig();
        for (int call = 0; call < 200; call++)
        {
            LaneGrant grant = rig.EnterNow(LaneRig.To(call % 5 + 1));
            Assert.Equal(LaneVerdict.Granted, grant.Verdict);
            rig.Scheduler.Leave(grant, call % 2 == 0 ? SendOutcome.NotSent : SendOutcome.Abandoned, 0);
        }
    }

    [Fact]
    public void Calls_without_a_chat_take_the_bots_budget_only()
    {
        using var rig = new LaneRig();
        int granted = 0;
        for (int call = 0; call < 1000; call++) rig.Send(LaneRig.To(0, LanePriority.Interactive), 50, () => granted++);
        rig.RunFor(10);
        Assert.InRange(granted, 300, 315);
        Assert.Equal(0, rig.Scheduler.Snapshot().Lanes);
    }

    [Fact]
    public void Slow_uploads_do_not_stop_the_bot()
    {
        using var rig = new LaneRig();
        for (int upload = 1; upload <= 40; upload++) rig.Send(LaneRig.To(upload, holds: false), 60_000);
        rig.RunFor(10);
        Assert.Equal(40, rig.Scheduler.Snapshot().InFlight);
        LaneGrant grant = rig.EnterNow(LaneRig.To(1000, LanePriority.Interactive));
        Assert.Equal(LaneVerdict.Granted, grant.Verdict);
    }

    [Fact]
    public void The_paid_tier_takes_free_tokens_first_and_stops_at_the_cap_until_midnight()
    {
        using var rig = new LaneRig(new LaneSettings { PaidStarsPerDay = 10, LaneDepth = 10 });
        int granted = 0;
        for (int chat = 1; chat <= 3000; chat++) rig.Send(LaneRig.To(chat, LanePriority.Interactive, paid: true, maxWaitMs: int.MaxValue), 20, () => granted++);
        Assert.Equal(10, rig.Scheduler.Snapshot().StarsToday, 3);
        rig.RunFor(10);

        // The burst and 30 a second are free; 10 Stars are 100 messages more.
        Assert.InRange(granted, 100 + 300, 100 + 315 + 1);
        Assert.Equal(10, rig.Scheduler.Snapshot().StarsToday, 3);
        rig.RunFor(12 * 3600);
        Assert.Equal(3000, granted);
        Assert.Equal(0, rig.Scheduler.Snapshot().StarsToday);
    }

    [Fact]
    public void The_paid_rate_holds_for_all_paid_calls_together()
    {
        using var rig = new LaneRig(new LaneSettings { PaidStarsPerDay = 100_000, LaneDepth = 10 });
        var telegram = new StrictTelegram(1, 3, 1, 3, 1000, 1000);
        for (int chat = 1; chat <= 4000; chat++)
        {
            int known = chat;
            rig.Send(LaneRig.To(chat, LanePriority.Bulk, paid: true), 100, () => rig.AfterMs(50, () => telegram.Accept(known, 1, rig.Now)));
        }

        rig.RunFor(3);
        Assert.Empty(telegram.Violations);
        Assert.InRange(telegram.Accepted, 2_900, 3_500);
        Assert.InRange(rig.Scheduler.Snapshot().StarsToday, 270, 350);
    }

    [Fact]
    public void Spending_is_carried_over_a_restart_of_the_same_day()
    {
        using var rig = new LaneRig(new LaneSettings { PaidStarsPerDay = 10 });
        var today = DateOnly.FromDateTime(rig.Time.GetUtcNow().UtcDateTime);
        rig.Scheduler.RestoreSpending(today.AddDays(-1), 5);
        Assert.Equal(0, rig.Scheduler.Snapshot().StarsToday);
        rig.Scheduler.RestoreSpending(today, 9.5);
        Assert.Equal((today, 9.5), rig.Scheduler.Spending);
        int granted = 0;
        for (int chat = 1; chat <= 100; chat++) rig.Send(LaneRig.To(chat, LanePriority.Interactive, paid: true), 20, () => granted++);
        rig.RunFor(0.001);
        Assert.Equal(15 + 5, granted);
    }

    [Fact]
    public void A_clock_set_back_over_midnight_gives_out_no_Stars_twice()
    {
        using var rig = new LaneRig(new LaneSettings { PaidStarsPerDay = 10 });
        int granted = 0;
        for (int chat = 1; chat <= 200; chat++) rig.Send(LaneRig.To(chat, LanePriority.Interactive, paid: true), 20, () => granted++);
        rig.RunFor(0.001);
        Assert.Equal(15 + 100, granted);
        rig.Time.UtcShift = TimeSpan.FromHours(-13);
        rig.RunFor(1);
        Assert.InRange(granted, 115, 115 + 31);
        Assert.Equal(10, rig.Scheduler.Spending.Stars);
    }
}

using EdgeProxy.Lanes;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Lanes;

/// <summary>What a 429 closes, for how long, and what it leaves behind.</summary>
public sealed class LaneFloodTests
{
    [Fact]
    public void A_429_closes_its_chat_alone()
    {
        using var rig = new LaneRig();
        Flood(rig, 1, 3600);
        LaneSnapshot snapshot = rig.Scheduler.Snapshot();
        Assert.Equal((1, 0L), (snapshot.ClosedChats, snapshot.BotClosedMs));

        LaneGrant refused = rig.EnterNow(LaneRig.To(1, LanePriority.Interactive, maxWaitMs: 30_000));
        Assert.Equal((LaneVerdict.Full, 3600), (refused.Verdict, refused.RetryAfterS));
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(2)).Verdict);
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(-1)).Verdict);

        double granted = 0;
        rig.Send(LaneRig.To(1, maxWaitMs: 4_000_000), 50, () => granted = rig.Now.TotalSeconds);
        rig.RunOut(4000);
        Assert.InRange(granted, 3600, 3603);
        Assert.Equal(0, rig.Scheduler.Snapshot().ClosedChats);
    }

    [Fact]
    public void Who_waits_and_cannot_make_it_is_told_when_the_gate_closes()
    {
        using var rig = new LaneRig();
        LaneGrant first = rig.EnterNow(LaneRig.To(1));
        var verdicts = new List<(LaneVerdict, int)>();
        rig.Enter(LaneRig.To(1, maxWaitMs: 5_000), grant => verdicts.Add((grant.Verdict, grant.RetryAfterS)));
        rig.Enter(LaneRig.To(1, maxWaitMs: 60_000), grant => verdicts.Add((grant.Verdict, grant.RetryAfterS)));
        rig.Scheduler.Leave(first, SendOutcome.RetryAfter, 20);
        rig.RunFor(0.001);
        Assert.Equal([(LaneVerdict.Full, 20)], verdicts);
        rig.RunFor(30);
        Assert.Equal([(LaneVerdict.Full, 20), (LaneVerdict.Granted, 0)], verdicts);
    }

    [Fact]
    public void Another_attempt_waits_out_the_gate_and_keeps_its_place()
    {
        using var rig = new LaneRig();
        var order = new List<string>();
        LaneGrant first = rig.EnterNow(LaneRig.To(1, LanePriority.Bulk));
        rig.Send(LaneRig.To(1, LanePriority.Interactive), 50, () => order.Add("next"));
        rig.Again(first, SendOutcome.RetryAfter, 7, 0, 60_000, grant =>
        {
            order.Add($"again {rig.Now.TotalSeconds >= 7}");
            rig.Scheduler.Leave(grant, SendOutcome.Sent, 0);
        });
        rig.RunFor(60);
        Assert.Equal(["again True", "next"], order);
    }

    [Fact]
    public void Another_attempt_that_cannot_be_in_time_is_refused_and_frees_the_chat()
    {
        using var rig = new LaneRig();
        LaneGrant first = rig.EnterNow(LaneRig.To(1));
        bool next = false;
        rig.Send(LaneRig.To(1, maxWaitMs: 120_000), 50, () => next = true);
        (LaneVerdict, int) verdict = default;
        rig.Again(first, SendOutcome.RetryAfter, 50, 0, 10_000, grant => verdict = (grant.Verdict, grant.RetryAfterS));
        rig.RunFor(0.001);
        Assert.Equal((LaneVerdict.Full, 50), verdict);
        rig.RunFor(60);
        Assert.True(next);
        rig.RunFor(1);
        Assert.Equal(0, rig.Scheduler.Snapshot().InFlight);
    }

    [Fact]
    public void A_back_off_holds_the_chat_and_no_other()
    {
        using var rig = new LaneRig();
        LaneGrant first = rig.EnterNow(LaneRig.To(1));
        var order = new List<(int Who, double At)>();
        rig.Send(LaneRig.To(1), 50, () => order.Add((2, rig.Now.TotalSeconds)));
        rig.Again(first, SendOutcome.NotSent, 0, 2_000, 10_000, grant =>
        {
            order.Add((1, rig.Now.TotalSeconds));
            rig.Scheduler.Leave(grant, SendOutcome.Sent, 0);
        });
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(2)).Verdict);
        rig.RunOut(10);
        Assert.Equal([(1, 2.0), (2, 2.0)], order.Select(entry => (entry.Who, Math.Round(entry.At, 1))));
    }

    [Fact]
    public void The_chats_rate_is_halved_and_comes_back_step_by_step()
    {
        using var rig = new LaneRig();
        Flood(rig, 1, 1);
        rig.RunFor(10);
        Flood(rig, 1, 1);
        var sent = new List<double>();
        Keep(rig, 1, sent);
        double start = rig.Now.TotalSeconds + 1;
        rig.RunFor(200);

        // A quarter for one step, a half for one step, then whole again (and the burst that was never saved up).
        Assert.InRange(Between(start, start + Limits.LaneRecoverStepS), 14, 16);
        Assert.InRange(Between(start + Limits.LaneRecoverStepS, start + (2 * Limits.LaneRecoverStepS)), 29, 31);
        Assert.InRange(Between(start + 130, start + 190), 59, 61);

        int Between(double from, double to) => sent.Count(at => at >= from && at < to);
    }

    [Fact]
    public void Halving_ends_at_its_bound_and_a_late_429_of_a_closed_chat_does_not_halve_again()
    {
        using var rig = new LaneRig();
        for (int hit = 0; hit < 10; hit++)
        {
            Flood(rig, 1, 1);
            rig.RunFor(12);
        }

        var sent = new List<double>();
        Keep(rig, 1, sent);
        rig.RunFor(40);
        Assert.InRange(sent.Count, 4, 7);

        using var other = new LaneRig();
        LaneGrant[] uploads = [.. Enumerable.Range(0, 3).Select(_ => other.EnterNow(LaneRig.To(1, holds: false)))];
        foreach (LaneGrant upload in uploads) other.Scheduler.Leave(upload, SendOutcome.RetryAfter, 1);
        other.RunFor(1);
        sent.Clear();
        Keep(other, 1, sent);
        other.RunFor(40);
        Assert.InRange(sent.Count, 19, 21);
    }

    [Fact]
    public void Three_chats_within_a_second_close_the_bot_for_the_smallest_time()
    {
        using var rig = new LaneRig();
        LaneGrant[] grants = [.. Enumerable.Range(1, 4).Select(chat => rig.EnterNow(LaneRig.To(chat)))];
        rig.Scheduler.Leave(grants[0], SendOutcome.RetryAfter, 40);
        rig.RunFor(0.2);
        rig.Scheduler.Leave(grants[1], SendOutcome.RetryAfter, 5);
        rig.RunFor(0.2);
        Assert.Equal(0, rig.Scheduler.Snapshot().BotClosedMs);
        LaneVerdict waiting = LaneVerdict.Granted;
        LaneGrant hog = rig.EnterNow(LaneRig.To(50));
        rig.Enter(LaneRig.To(50, maxWaitMs: 2_000), grant => waiting = grant.Verdict);
        rig.Scheduler.Leave(grants[2], SendOutcome.RetryAfter, 9);
        rig.RunFor(0.001);
        Assert.InRange(rig.Scheduler.Snapshot().BotClosedMs, 4_990, 5_000);
        Assert.Equal(LaneVerdict.Full, waiting);
        rig.Scheduler.Leave(hog, SendOutcome.Sent, 0);

        LaneGrant refused = rig.EnterNow(LaneRig.To(77, maxWaitMs: 1_000));
        Assert.Equal((LaneVerdict.Full, 5), (refused.Verdict, refused.RetryAfterS));
        double granted = 0;
        rig.Send(LaneRig.To(77), 50, () => granted = rig.Now.TotalSeconds);
        rig.RunFor(20);
        Assert.InRange(granted, 5.4, 5.6);
    }

    [Theory]
    [InlineData(1, 1, 1, 0.1)]
    [InlineData(1, 2, 1, 0.1)]
    [InlineData(1, 2, 3, 0.6)]
    public void Fewer_chats_or_a_longer_time_do_not_close_the_bot(int first, int second, int third, double seconds)
    {
        using var rig = new LaneRig();
        foreach (int chat in new[] { first, second, third })
        {
            LaneGrant grant = rig.EnterNow(LaneRig.To(chat, maxWaitMs: 1000));
            if (grant.Verdict == LaneVerdict.Granted) rig.Scheduler.Leave(grant, SendOutcome.RetryAfter, 30);
            rig.RunFor(seconds);
        }

        Assert.Equal(0, rig.Scheduler.Snapshot().BotClosedMs);
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(99)).Verdict);
    }

    [Fact]
    public void Only_the_third_429_without_a_chat_closes_the_bot()
    {
        using var rig = new LaneRig();
        for (int call = 0; call < 2; call++) rig.Scheduler.Leave(rig.EnterNow(LaneRig.To(0)), SendOutcome.RetryAfter, 3_000);
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(6, maxWaitMs: 0)).Verdict);
        rig.Scheduler.Leave(rig.EnterNow(LaneRig.To(0)), SendOutcome.RetryAfter, 12);
        Assert.Equal(12_000, rig.Scheduler.Snapshot().BotClosedMs);
        Assert.Equal(LaneVerdict.Full, rig.EnterNow(LaneRig.To(5, maxWaitMs: 11_000)).Verdict);
        rig.RunFor(12.1);
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(5)).Verdict);
    }

    private static void Flood(LaneRig rig, long chat, int retryAfterS)
    {
        LaneGrant grant = rig.EnterNow(LaneRig.To(chat));
        Assert.Equal(LaneVerdict.Granted, grant.Verdict);
        rig.Scheduler.Leave(grant, SendOutcome.RetryAfter, retryAfterS);
    }

    private static void Keep(LaneRig rig, long chat, List<double> sent) => rig.Enter(LaneRig.To(chat), grant =>
    {
        sent.Add(rig.Now.TotalSeconds);
        rig.AfterMs(20, () => rig.Scheduler.Leave(grant, SendOutcome.Sent, 0));
        Keep(rig, chat, sent);
    });
}

using EdgeProxy.Lanes;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Lanes;

/// <summary>Who gets no turn, when it is told, and that nothing of it stays.</summary>
public sealed class LaneRefusalTests
{
    [Fact]
    public void A_full_lane_refuses_at_once_and_other_chats_do_not_care()
    {
        using var rig = new LaneRig(new LaneSettings { LaneDepth = 5 });
        LaneGrant first = rig.EnterNow(LaneRig.To(1));
        for (int call = 0; call < 5; call++) rig.Send(LaneRig.To(1));
        LaneGrant refused = rig.EnterNow(LaneRig.To(1));
        Assert.Equal((LaneVerdict.Full, 1), (refused.Verdict, refused.RetryAfterS));
        rig.Scheduler.Leave(refused, SendOutcome.LaneFull, 0);
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(2)).Verdict);
        rig.Scheduler.Leave(first, SendOutcome.Sent, 0);
        rig.RunFor(0.001);
        rig.Send(LaneRig.To(1));
    }

    [Fact]
    public void A_wait_that_is_certainly_too_long_is_refused_at_once_with_the_time_that_it_lacks()
    {
        using var rig = new LaneRig();
        for (int call = 0; call < 50; call++) rig.Send(LaneRig.To(-1, LanePriority.Normal));

        // 50 before it, 3 of them at once: 48 tokens at one every three seconds.
        LaneGrant refused = rig.EnterNow(LaneRig.To(-1, LanePriority.Normal, maxWaitMs: 30_000));
        Assert.Equal(LaneVerdict.Full, refused.Verdict);
        Assert.InRange(refused.RetryAfterS, 114, 115);
        rig.Enter(LaneRig.To(-1, LanePriority.Normal, maxWaitMs: 150_000), _ => { });
        rig.RunFor(0.001);
        Assert.Equal(1, rig.Undecided - 49);

        // An interactive one has only the call in flight before it.
        double granted = 0;
        rig.Send(LaneRig.To(-1, LanePriority.Interactive, maxWaitMs: 5_000), 50, () => granted = rig.Now.TotalSeconds);
        rig.RunFor(6);
        Assert.InRange(granted, 0.04, 5);
    }

    [Fact]
    public void Whoever_is_not_refused_at_once_is_held_for_its_time_and_then_refused()
    {
        using var rig = new LaneRig();
        LaneGrant hog = rig.EnterNow(LaneRig.To(1));
        (LaneVerdict Verdict, int RetryAfterS, double At) result = default;
        rig.Enter(LaneRig.To(1, maxWaitMs: 3_000), grant => result = (grant.Verdict, grant.RetryAfterS, rig.Now.TotalSeconds));
        rig.RunFor(2.9);
        Assert.Equal(1, rig.Undecided);
        rig.RunFor(0.2);
        Assert.Equal((LaneVerdict.Full, 1, 3.0), (result.Verdict, result.RetryAfterS, Math.Round(result.At, 2)));
        rig.Scheduler.Leave(hog, SendOutcome.Sent, 0);
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(1, maxWaitMs: 0)).Verdict);
    }

    [Fact]
    public void Without_any_wait_the_answer_comes_at_once()
    {
        using var rig = new LaneRig();
        Assert.Equal(LaneVerdict.Granted, rig.EnterNow(LaneRig.To(1, maxWaitMs: 0)).Verdict);
        LaneGrant refused = rig.EnterNow(LaneRig.To(1, maxWaitMs: 0));
        Assert.Equal((LaneVerdict.Full, 1), (refused.Verdict, refused.RetryAfterS));
    }

    [Fact]
    public void All_lanes_together_are_bounded()
    {
        using var rig = new LaneRig();
        for (int hit = 0; hit < 3; hit++) rig.Scheduler.Leave(rig.EnterNow(LaneRig.To(0)), SendOutcome.RetryAfter, 100);
        var waits = new List<ValueTask<LaneGrant>>();
        for (int call = 0; call < Limits.LanesWaitingMax; call++) waits.Add(rig.Scheduler.EnterAsync(LaneRig.To(call + 1), default));
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));
        LaneGrant refused = rig.EnterNow(LaneRig.To(-1));
        Assert.Equal((LaneVerdict.Full, 100), (refused.Verdict, refused.RetryAfterS));
        Assert.Equal((0, Limits.LanesWaitingMax, 0), rig.Scheduler.Snapshot().Waiting);
    }

    [Fact]
    public void A_caller_that_goes_away_frees_its_place()
    {
        using var rig = new LaneRig(new LaneSettings { LaneDepth = 1 });
        using var gone = new CancellationTokenSource();
        LaneGrant first = rig.EnterNow(LaneRig.To(1));
        LaneVerdict verdict = LaneVerdict.Full;
        rig.Enter(LaneRig.To(1), grant => verdict = grant.Verdict, gone.Token);
        Assert.Equal(LaneVerdict.Full, rig.EnterNow(LaneRig.To(1)).Verdict);
        gone.Cancel();
        rig.RunFor(0.001);
        Assert.Equal(LaneVerdict.Abandoned, verdict);
        bool next = false;
        rig.Send(LaneRig.To(1), 50, () => next = true);
        rig.Scheduler.Leave(first, SendOutcome.Sent, 0);
        rig.RunFor(1);
        Assert.True(next);
        Assert.Equal(LaneVerdict.Abandoned, rig.EnterNowWith(LaneRig.To(1), gone.Token).Verdict);
    }

    [Fact]
    public void A_caller_that_goes_away_after_its_turn_changes_nothing()
    {
        using var rig = new LaneRig();
        using var gone = new CancellationTokenSource();
        LaneGrant hog = rig.EnterNow(LaneRig.To(1));
        LaneGrant late = default;
        rig.Enter(LaneRig.To(1), grant => late = grant, gone.Token);
        rig.Scheduler.Leave(hog, SendOutcome.Sent, 0);
        gone.Cancel();
        rig.RunFor(0.001);
        Assert.Equal(LaneVerdict.Granted, late.Verdict);
        Assert.Equal(1, rig.Scheduler.Snapshot().InFlight);
        rig.Scheduler.Leave(late, SendOutcome.Sent, 0);
        Assert.Equal(0, rig.Scheduler.Snapshot().InFlight);
    }

    [Fact]
    public void A_grant_is_left_once()
    {
        using var rig = new LaneRig();
        LaneGrant grant = rig.EnterNow(LaneRig.To(1));
        rig.Scheduler.Leave(grant, SendOutcome.Sent, 0);
        Assert.Throws<InvalidOperationException>(() => rig.Scheduler.Leave(grant, SendOutcome.Sent, 0));
        LaneGrant reused = rig.EnterNow(LaneRig.To(1));
        Assert.Throws<InvalidOperationException>(() => rig.Scheduler.Leave(grant, SendOutcome.Sent, 0));
        rig.Scheduler.Leave(reused, SendOutcome.Sent, 0);
    }

    [Fact]
    public void The_end_refuses_who_waits_and_who_comes()
    {
        using var rig = new LaneRig();
        LaneGrant grant = rig.EnterNow(LaneRig.To(1));
        var verdicts = new List<LaneVerdict>();
        rig.Enter(LaneRig.To(1), refused => verdicts.Add(refused.Verdict));
        rig.Enter(LaneRig.To(1), refused => verdicts.Add(refused.Verdict));
        rig.Dispose();
        verdicts.Add(rig.EnterNow(LaneRig.To(2)).Verdict);
        Assert.Equal([LaneVerdict.Abandoned, LaneVerdict.Abandoned, LaneVerdict.Abandoned], verdicts);
        rig.Scheduler.Leave(grant, SendOutcome.Sent, 0);
    }
}

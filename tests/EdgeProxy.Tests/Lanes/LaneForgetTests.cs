using EdgeProxy.Lanes;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Lanes;

/// <summary>Chats are forgotten as soon as that loses nothing, and not before.</summary>
public sealed class LaneForgetTests
{
    [Fact]
    public void A_chat_is_forgotten_when_its_bucket_is_full_again()
    {
        using var rig = new LaneRig();
        rig.Send(LaneRig.To(1), 10);
        rig.Send(LaneRig.To(1), 10);
        rig.Send(LaneRig.To(-1), 10);
        rig.RunFor(1.5);
        Assert.Equal(2, rig.Scheduler.Snapshot().Lanes);
        rig.RunFor(2);
        Assert.Equal(1, rig.Scheduler.Snapshot().Lanes);
        rig.RunFor(2);
        Assert.Equal(0, rig.Scheduler.Snapshot().Lanes);
        Assert.Equal(TimeSpan.MaxValue, rig.Time.NextTimer);
    }

    [Fact]
    public void A_debt_a_gate_and_a_halved_rate_are_remembered()
    {
        using var rig = new LaneRig();
        rig.Send(LaneRig.To(1, weight: 100), 10);
        rig.Enter(LaneRig.To(2), grant => rig.Scheduler.Leave(grant, SendOutcome.RetryAfter, 200));
        rig.RunFor(96);
        Assert.Equal(2, rig.Scheduler.Snapshot().Lanes);
        rig.RunFor(6);
        Assert.Equal(1, rig.Scheduler.Snapshot().Lanes);
        rig.RunFor(200 + Limits.LaneRecoverStepS - 105);
        Assert.Equal(1, rig.Scheduler.Snapshot().Lanes);
        rig.RunFor(70);
        Assert.Equal(0, rig.Scheduler.Snapshot().Lanes);
    }

    [Fact]
    public void A_chat_with_calls_is_never_forgotten()
    {
        using var rig = new LaneRig();
        LaneGrant grant = rig.EnterNow(LaneRig.To(1));
        rig.RunFor(500);
        Assert.Equal(1, rig.Scheduler.Snapshot().Lanes);
        bool next = false;
        rig.Send(LaneRig.To(1), 10, () => next = true);
        rig.RunFor(100);
        Assert.False(next);
        rig.Scheduler.Leave(grant, SendOutcome.Sent, 0);
        rig.RunFor(100);
        Assert.True(next);
        Assert.Equal(0, rig.Scheduler.Snapshot().Lanes);
    }

    [Fact]
    public void Many_chats_are_forgotten_in_steps()
    {
        using var rig = new LaneRig(new LaneSettings { PerSecond = 1e9, Burst = 1_000_000 });
        const int Chats = 50_000;
        for (int chat = 1; chat <= Chats; chat++) rig.Scheduler.Leave(rig.EnterNow(LaneRig.To(chat)), SendOutcome.Sent, 0);
        Assert.Equal(Chats, rig.Scheduler.Snapshot().Lanes);
        rig.RunFor(3);
        Assert.Equal(0, rig.Scheduler.Snapshot().Lanes);
        Assert.True(Chats > 4 * Limits.LaneEvictionsPerPass);
    }
}

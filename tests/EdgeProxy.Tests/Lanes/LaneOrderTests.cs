using EdgeProxy.Lanes;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Lanes;

/// <summary>Who goes before whom: within a chat, between chats, between priorities.</summary>
public sealed class LaneOrderTests
{
    private static readonly LaneSettings Fast = new() { PrivatePerSecond = 1000, PrivateBurst = 1000, PerSecond = 1000, Burst = 500, LaneDepth = 100_000 };

    [Fact]
    public void A_chat_keeps_its_order_and_has_one_call_in_flight()
    {
        using var rig = new LaneRig();
        var random = new Random(3);
        var order = new List<int>();
        int inFlight = 0;
        for (int call = 0; call < 100; call++)
        {
            int number = call;
            rig.Enter(LaneRig.To(1), grant =>
            {
                Assert.Equal(1, ++inFlight);
                order.Add(number);
                rig.AfterMs(random.Next(2000), () =>
                {
                    inFlight--;
                    rig.Scheduler.Leave(grant, SendOutcome.Sent, 0);
                });
            });
        }

        rig.RunOut(1000);
        Assert.Equal(Enumerable.Range(0, 100), order);
    }

    [Fact]
    public void Within_a_chat_the_higher_priority_goes_first_and_each_is_first_in_first_out()
    {
        using var rig = new LaneRig();
        var order = new List<string>();
        LanePriority[] entered =
        [
            LanePriority.Bulk, LanePriority.Bulk, LanePriority.Normal, LanePriority.Interactive, LanePriority.Normal, LanePriority.Interactive,
        ];
        for (int call = 0; call < entered.Length; call++)
        {
            string name = $"{entered[call]}{call}";
            rig.Send(LaneRig.To(1, entered[call]), 50, () => order.Add(name));
        }

        rig.RunOut(100);
        Assert.Equal(["Bulk0", "Interactive3", "Interactive5", "Normal2", "Normal4", "Bulk1"], order);
    }

    [Fact]
    public void Within_a_chat_no_priority_starves()
    {
        using var rig = new LaneRig(Fast);
        int higher = 0;
        int highest = -1;
        for (int call = 0; call < 100; call++) rig.Send(LaneRig.To(1, LanePriority.Interactive), 50, () => higher++);
        rig.Send(LaneRig.To(1, LanePriority.Bulk), 50, () => highest = higher);
        rig.RunOut(100);
        Assert.InRange(highest, 1, Limits.LaneShare + 1);
    }

    [Fact]
    public void An_upload_takes_its_turn_and_does_not_hold_up_who_comes_after()
    {
        using var rig = new LaneRig();
        var order = new List<int>();
        rig.Send(LaneRig.To(1), 500, () => order.Add(1));
        rig.Send(LaneRig.To(1, holds: false), 60_000, () => order.Add(2));
        rig.Send(LaneRig.To(1), 50, () => order.Add(3));
        Assert.Empty(order);
        rig.RunFor(0.4);
        Assert.Equal([1], order);
        rig.RunFor(0.2);
        Assert.Equal([1, 2, 3], order);
    }

    [Fact]
    public void A_chat_with_many_calls_does_not_delay_the_others()
    {
        using var rig = new LaneRig(new LaneSettings { PrivatePerSecond = 1000, PrivateBurst = 1000 });
        int crowd = 0;
        for (int call = 0; call < 300; call++) rig.Send(LaneRig.To(1), 1, () => crowd++);
        rig.RunFor(0.5);
        int before = crowd;
        int others = 0;
        for (int chat = 2; chat <= 11; chat++) rig.Send(LaneRig.To(chat), 1, () => others++);
        rig.RunFor(10 / 30.0 + 0.1);
        Assert.Equal(10, others);
        Assert.InRange(crowd - before, 0, 4);
    }

    [Fact]
    public void Chats_are_served_round_robin()
    {
        using var rig = new LaneRig(new LaneSettings { PrivatePerSecond = 1000, PrivateBurst = 1000 });
        int[] served = new int[51];
        for (int chat = 1; chat <= 50; chat++)
        {
            int known = chat;
            for (int call = 0; call < 20; call++) rig.Send(LaneRig.To(chat), 1, () => served[known]++);
        }

        rig.RunFor(20);
        Assert.InRange(served.Skip(1).Max() - served.Skip(1).Min(), 0, 1);
    }

    [Theory]
    [InlineData((int)LanePriority.Interactive, (int)LanePriority.Normal)]
    [InlineData((int)LanePriority.Interactive, (int)LanePriority.Bulk)]
    [InlineData((int)LanePriority.Normal, (int)LanePriority.Bulk)]
    public void A_saturated_higher_priority_leaves_a_share_to_the_lower(int higher, int lower)
    {
        using var rig = new LaneRig();
        int[] served = new int[3];
        for (int chat = 1; chat <= 700; chat++) rig.Send(LaneRig.To(chat, (LanePriority)higher), 50, () => served[higher]++);
        for (int chat = 3001; chat <= 3700; chat++) rig.Send(LaneRig.To(chat, (LanePriority)lower), 50, () => served[lower]++);
        rig.RunFor(20);
        Assert.InRange(served[lower], 20 * 30 / (Limits.LaneShare + 2), 20 * 30 / Limits.LaneShare);
        Assert.InRange(served.Sum(), 0.98 * 20 * 30, (20 * 30) + 16);
    }

    [Fact]
    public void A_heavy_bulk_call_gets_its_turn_among_light_ones_of_higher_priority()
    {
        using var rig = new LaneRig();
        bool album = false;
        for (int chat = 1; chat <= 3000; chat++) rig.Send(LaneRig.To(chat), 50);
        rig.Send(LaneRig.To(5000, LanePriority.Bulk, weight: 10), 50, () => album = true);
        rig.RunFor(2);
        Assert.True(album);
    }

    [Fact]
    public void Bulk_does_not_delay_replies()
    {
        using var rig = new LaneRig();
        var delays = new List<double>();
        int bulk = 0;
        for (int chat = 1; chat <= 3_300; chat++) rig.Enter(LaneRig.To(chat + 1000, LanePriority.Bulk), grant =>
        {
            bulk++;
            rig.AfterMs(80, () => rig.Scheduler.Leave(grant, SendOutcome.Sent, 0));
        });

        // 50 chats, each answered every ten seconds, five at the same moment: a sixth of the bot's rate, more than a token at a time.
        for (int call = 0; call < 500; call++)
        {
            long chat = (call % 50) + 1;
            rig.AfterMs(call / 5 * 1000, () =>
            {
                TimeSpan entered = rig.Now;
                rig.Send(LaneRig.To(chat, LanePriority.Interactive), 80, () => delays.Add((rig.Now - entered).TotalMilliseconds));
            });
        }

        rig.RunFor(100.5);
        delays.Sort();
        Assert.Equal(500, delays.Count);
        Assert.InRange(delays[(int)(delays.Count * 0.99)], 0, 50);
        Assert.InRange(bulk + delays.Count, 0.98 * 30 * 100, double.MaxValue);
    }
}

using System.Diagnostics.Metrics;
using EdgeProxy.Lanes;

namespace EdgeProxy.Tests.Lanes;

/// <summary>
/// A bug inside the loop, wherever it strikes: every call ends, the bug is loud, and the lanes go on. The bugs are a listener of a metric and a clock
/// that throw, at every place of a life where the loop asks them.
/// </summary>
public sealed class LaneBreakTests
{
    private const string BotName = "lanes-break";
    private static readonly LaneSettings Settings = new() { PaidStarsPerDay = 3, LaneDepth = 8 };

    [Fact]
    public void Wherever_a_metric_throws_every_call_ends_and_the_lanes_go_on()
    {
        int places = Live(_ => { });
        Assert.InRange(places, 80, 5_000);
        for (int place = 1; place <= places; place++)
        {
            int at = place;
            Live(measured => ThrowAt(measured, at));
        }
    }

    [Fact]
    public void Wherever_the_clock_throws_every_call_ends_and_the_lanes_go_on()
    {
        int reads = Read(_ => { });
        Assert.InRange(reads, 150, 5_000);
        for (int read = 1; read <= reads; read++)
        {
            int at = read;
            Read(count => ThrowAt(count, at));
        }
    }

    [Fact]
    public void A_loop_that_breaks_at_every_step_still_ends_every_call_and_can_be_stopped()
    {
        var rig = new LaneRig(Settings, BotName);
        rig.Time.OnRead = () => throw new InvalidOperationException("always");
        for (int call = 0; call < 10; call++) Assert.Equal((LaneVerdict.Full, 1), Short(rig.EnterNow(LaneRig.To(call + 1))));
        Assert.True(rig.Scheduler.DisposeAsync().IsCompletedSuccessfully);
        Assert.NotEmpty(rig.Complaints.Lines);
    }

    private static (LaneVerdict Verdict, int RetryAfterS) Short(LaneGrant grant) => (grant.Verdict, grant.RetryAfterS);

    private static void ThrowAt(int count, int at)
    {
        if (count == at) throw new InvalidOperationException($"at place {at}");
    }

    // One life with a listener of the bot's metrics; returns how often it was told something.
    private static int Live(Action<int> onMeasured)
    {
        int measured = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, all) =>
        {
            if (instrument.Name.StartsWith("edgeproxy_lane_", StringComparison.Ordinal) && !instrument.IsObservable) all.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Measured(tags));
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Measured(tags));
        listener.Start();
        using var rig = new LaneRig(Settings, BotName);
        PlayLoud(rig);
        return measured;

        void Measured(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags[0].Value is BotName) onMeasured(++measured);
        }
    }

    // One life with a clock that counts; only this thread's looks, since others may read the gauges.
    private static int Read(Action<int> onRead)
    {
        int reads = 0;
        int thread = Environment.CurrentManagedThreadId;
        using var rig = new LaneRig(Settings, BotName);
        rig.Time.OnRead = () =>
        {
            if (Environment.CurrentManagedThreadId == thread) onRead(++reads);
        };
        PlayLoud(rig);
        return reads;
    }

    // The rig wants no complaints; of these lives the one bug, if it struck, is the one complaint.
    private static void PlayLoud(LaneRig rig)
    {
        int complaints = 0;
        try
        {
            Play(rig);
        }
        finally
        {
            rig.Time.OnRead = null;
            complaints = rig.Complaints.Lines.Count;
            rig.Complaints.Lines.Clear();
        }

        Assert.InRange(complaints, 0, 1);
    }

    // Calls of every kind and end, then calm, then calls that must be granted as ever.
    private static void Play(LaneRig rig)
    {
        var random = new Random(7);
        int ended = 0;
        using var gone = new CancellationTokenSource();
        for (int call = 0; call < 60; call++)
        {
            long chat = random.Next(8) switch { 0 => 0, < 4 => -2, int other => other };
            LaneRequest request = LaneRig.To(
                chat, (LanePriority)random.Next(3), random.Next(1, 4), paid: random.Next(4) == 0, maxWaitMs: random.Next(3) * 4_000, random.Next(4) > 0);
            CancellationToken token = random.Next(4) == 0 ? gone.Token : default;
            int fate = random.Next(6);
            rig.AfterMs(random.Next(3_000), () => rig.Enter(request, grant => Act(rig, grant, fate, () => ended++), token));
        }

        rig.AfterMs(1_500, gone.Cancel);
        rig.RunFor(4_200);
        Assert.Equal((60, 0), (ended, rig.Undecided));
        bool isOver = !rig.Complaints.Lines.IsEmpty;
        int granted = 0;
        for (int call = 0; call < 6; call++)
        {
            rig.Enter(LaneRig.To(1 + (call % 2)), grant =>
            {
                if (grant.Verdict == LaneVerdict.Granted) granted++;
                rig.Scheduler.Leave(grant, SendOutcome.Sent, 0);
            });
        }

        // The planned bug may strike as late as here.
        rig.RunFor(60);
        if (isOver) Assert.Equal(6, granted);
        rig.Time.OnRead = null;
        Assert.Equal((0, 0, 0), rig.Scheduler.Snapshot().Waiting);
    }

    private static void Act(LaneRig rig, LaneGrant grant, int fate, Action ended)
    {
        if (grant.Verdict != LaneVerdict.Granted)
        {
            ended();
            return;
        }

        rig.AfterMs(40, () =>
        {
            if (fate < 2)
            {
                SendOutcome outcome = fate == 0 ? SendOutcome.RetryAfter : SendOutcome.ServerError;
                rig.Again(grant, outcome, 1 - fate, fate * 250, 4_000, again => Act(rig, again, 5, ended));
                return;
            }

            rig.Scheduler.Leave(grant, fate == 2 ? SendOutcome.RetryAfter : fate == 3 ? SendOutcome.NotSent : SendOutcome.Sent, fate == 2 ? 2 : 0);
            ended();
        });
    }
}

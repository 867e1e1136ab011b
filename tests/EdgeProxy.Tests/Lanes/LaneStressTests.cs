using EdgeProxy.Lanes;
using EdgeProxy.Tests.Telegram;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Lanes;

/// <summary>Everything at once: each call is decided exactly once, and in the end nothing is left.</summary>
public sealed class LaneStressTests
{
    private static readonly SendOutcome[] Outcomes =
    [
        SendOutcome.Sent, SendOutcome.NotSent, SendOutcome.ServerError, SendOutcome.Unknown, SendOutcome.Rejected, SendOutcome.Abandoned,
    ];

    /// <summary>10 runs of 10,000 calls that enter, come again, leave, time out and are cancelled.</summary>
    [Fact]
    public void Every_call_is_decided_exactly_once() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(10), Prop.ForAll(JsonText.Seeds, seed =>
        {
            const int Calls = 10_000;
            var random = new Random(seed);
            using var rig = new LaneRig(new LaneSettings { LaneDepth = 5, PerSecond = 300, Burst = 100, PaidStarsPerDay = 20 });
            int[] decided = new int[Calls];
            int left = 0;
            for (int call = 0; call < Calls; call++)
            {
                int number = call;
                LaneRequest request = LaneRig.To(
                    random.Next(-20, 80), (LanePriority)random.Next(3), random.Next(10) == 0 ? random.Next(1, 20) : 1, random.Next(5) == 0,
                    random.Next(4) switch { 0 => 0, 1 => 100, 2 => 5_000, _ => 60_000 }, random.Next(10) != 0);
                rig.AfterMs(random.Next(60_000), () =>
                {
                    var gone = new CancellationTokenSource();
                    if (random.Next(5) == 0) rig.AfterMs(random.Next(3_000), gone.Cancel);
                    rig.Enter(request, grant => Decided(number, grant, true), gone.Token);
                });
            }

            rig.RunOut(200_000);
            rig.RunFor(1_000);
            Assert.True(decided.All(count => count == 1), $"seed {seed}");
            LaneSnapshot snapshot = rig.Scheduler.Snapshot();
            Assert.Equal((0, 0, 0), snapshot.Waiting);
            Assert.Equal((0, 0, 0, 0L), (snapshot.InFlight, snapshot.Lanes, snapshot.ClosedChats, snapshot.BotClosedMs));
            Assert.True(left > 200, $"seed {seed}: only {left} calls had a turn");
            return true;

            void Decided(int number, LaneGrant grant, bool first)
            {
                if (first) decided[number]++;
                if (grant.Verdict == LaneVerdict.Full) Assert.InRange(grant.RetryAfterS, 1, 86_400);
                if (grant.Verdict != LaneVerdict.Granted) return;
                SendOutcome outcome = random.Next(50) == 0 ? SendOutcome.RetryAfter : Outcomes[random.Next(Outcomes.Length)];
                int retryAfterS = outcome == SendOutcome.RetryAfter ? random.Next(1, 20) : 0;
                rig.AfterMs(random.Next(300), () =>
                {
                    if (random.Next(6) == 0)
                    {
                        rig.Again(grant, outcome, retryAfterS, random.Next(2_000), random.Next(20_000), again => Decided(number, again, false));
                        return;
                    }

                    left++;
                    rig.Scheduler.Leave(grant, outcome, retryAfterS);
                });
            }
        }));

    /// <summary>Eight threads, real time, budgets wide open: what went in comes out, a chat never has two calls in flight.</summary>
    [Fact]
    public async Task Threads_lose_nothing()
    {
        const int Threads = 8;
        const int CallsEach = 5_000;
        const int Chats = 64;
        var settings = new LaneSettings
        {
            PrivatePerSecond = 1e9,
            PrivateBurst = 1_000_000,
            PerSecond = 1e9,
            Burst = 1_000_000,
            LaneDepth = 1_000_000,
        };
        await using var scheduler = new LaneScheduler(LaneRig.NewBot("threads"), settings, TimeProvider.System, NullLogger.Instance);
        int[] inFlight = new int[Chats + 1];
        int granted = 0;
        int abandoned = 0;
        int overlaps = 0;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
        {
            var random = new Random(thread);
            for (int call = 0; call < CallsEach; call++)
            {
                int chat = random.Next(1, Chats + 1);
                using var gone = random.Next(10) == 0 ? new CancellationTokenSource() : null;
                ValueTask<LaneGrant> wait = scheduler.EnterAsync(LaneRig.To(chat, (LanePriority)random.Next(3), maxWaitMs: 60_000), gone?.Token ?? default);
                gone?.Cancel();
                LaneGrant grant = await wait;
                while (true)
                {
                    if (grant.Verdict != LaneVerdict.Granted)
                    {
                        Assert.Equal(LaneVerdict.Abandoned, grant.Verdict);
                        Interlocked.Increment(ref abandoned);
                        break;
                    }

                    if (Interlocked.Increment(ref inFlight[chat]) != 1) Interlocked.Increment(ref overlaps);
                    if (random.Next(4) == 0) await Task.Yield();
                    Interlocked.Decrement(ref inFlight[chat]);
                    if (random.Next(20) == 0)
                    {
                        grant = await scheduler.AgainAsync(grant, SendOutcome.NotSent, 0, 0, 60_000, default);
                        continue;
                    }

                    Interlocked.Increment(ref granted);
                    scheduler.Leave(grant, SendOutcome.Sent, 0);
                    break;
                }
            }
        })));
        Assert.Equal(0, overlaps);
        Assert.Equal(Threads * CallsEach, granted + abandoned);

        // The last to leave may have handed its letter to another thread's pass.
        for (int look = 0; look < 6_000 && scheduler.Snapshot().InFlight > 0; look++) await Task.Delay(10);
        LaneSnapshot snapshot = scheduler.Snapshot();
        Assert.Equal(((0, 0, 0), 0), (snapshot.Waiting, snapshot.InFlight));
    }
}

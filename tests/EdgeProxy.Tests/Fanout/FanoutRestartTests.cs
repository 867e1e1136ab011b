using EdgeProxy.Fanout;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Fanout;

public sealed class FanoutRestartTests
{
    [Fact]
    public async Task A_restart_keeps_parked_keys_their_attempts_and_due_times()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        bool healed = false;
        consumer.Answer = Consumer.Status(
            one => one.Text.StartsWith("bad", StringComparison.Ordinal) && !Volatile.Read(ref healed) ? 500 : 200);
        Subscription subscription = rig.Subscription(consumer.Url);
        rig.Start(subscription);
        rig.Put(1, "bad0");
        rig.Put(1, "bad1");
        rig.Put(2, "good");
        await Rig.Until(() => consumer.Count == 3 && rig.Time.HasTimerIn(TimeSpan.FromSeconds(2)), "parked after two attempts");
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        await Rig.Until(() => consumer.Count == 4 && rig.Time.HasTimerIn(TimeSpan.FromSeconds(4)), "parked after three");
        await rig.StopAsync();

        rig.Start(subscription);
        await Rig.Until(() => rig.Time.HasTimerIn(TimeSpan.FromSeconds(4)), "the due time is as it was");
        Assert.Equal(4, consumer.Count);
        Volatile.Write(ref healed, true);
        rig.Time.Advance(TimeSpan.FromSeconds(4));
        await rig.Drained();
        Assert.Equal(["bad0 4", "bad1 1"], consumer.All.Skip(4).Select(one => $"{one.Text} {one.Attempt}"));
    }

    [Fact]
    public async Task After_a_kill_only_what_was_acknowledged_after_the_last_flush_comes_again()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        var gate = new TaskCompletionSource();
        consumer.Answer = (one, _) => one.Text == "slow" ? gate.Task : Task.CompletedTask;
        Subscription subscription = rig.Subscription(consumer.Url);
        rig.Start(subscription);
        rig.Put(1, "slow");
        rig.Put(1, "behind slow");
        for (int i = 0; i < 50; i++) rig.Put(2 + (i % 7), $"flushed{i}");
        await Rig.Until(() => consumer.Count == 51, "all but the one behind");
        await rig.Pass(() => rig.Shot() is { LagRecords: 2, InFlight: 1 }, "a flush that knows it");
        await Rig.Until(() => rig.Time.HasTimerIn(TimeSpan.FromMilliseconds(Limits.CursorFlushMs)), "the flush is on disk: the next one is planned");
        for (int i = 0; i < 20; i++) rig.Put(2 + (i % 7), $"unflushed{i}");
        await Rig.Until(() => consumer.Count == 71, "20 more, without a flush");
        int before = consumer.Count;
        Task killed = rig.KillAsync();
        gate.SetResult();
        await killed;
        before = consumer.Count; // The stopping host may have finished "behind slow"; the killed state does not know.

        rig.Start(subscription);
        await rig.Drained();
        string[] again = [.. consumer.Texts.Skip(before)];
        Assert.DoesNotContain(again, text => text.StartsWith("flushed", StringComparison.Ordinal));
        Assert.Equal(22, again.Length);
        Assert.Equal(["slow", "behind slow"], again.Where(text => text.Contains("slow", StringComparison.Ordinal)));
        Assert.Equal(20, again.Count(text => text.StartsWith("unflushed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_new_subscriptions_place_survives_a_kill_before_the_first_flush()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        rig.Start(rig.Subscription(consumer.Url));
        await rig.KillAsync();
        rig.Put(1, "accepted meanwhile");
        rig.Start(rig.Subscription(consumer.Url));
        await rig.Drained();
        Assert.Equal(["accepted meanwhile"], consumer.Texts);
    }

    [Fact]
    public async Task A_cursor_outside_the_journal_goes_on_at_its_head()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        rig.Start(rig.Subscription(consumer.Url));
        await rig.StopAsync();
        rig.Put(1, "deleted");
        rig.Journal.CutBefore(rig.Put(1, "kept"));
        rig.Start(rig.Subscription(consumer.Url));
        await rig.Drained();
        Assert.Equal(["kept"], consumer.Texts);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_ever_and_loses_nothing()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        var never = new TaskCompletionSource();
        consumer.Answer = (_, _) => never.Task;
        rig.Start(rig.Subscription(consumer.Url));
        rig.Put(1, "cut off");
        await Rig.Until(() => consumer.Count == 1, "it runs");
        await rig.StopAsync(); // Real time: Limits.FanoutStopMs, then the attempt is cut off.
        never.SetResult();
        rig.Start(rig.Subscription(consumer.Url));
        await rig.Drained();
        Assert.Equal(["cut off", "cut off"], consumer.Texts);
        Assert.Equal("1", consumer.All[1].Attempt);
    }
}

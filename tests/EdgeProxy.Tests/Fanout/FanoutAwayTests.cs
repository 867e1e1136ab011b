using EdgeProxy.Fanout;

namespace EdgeProxy.Tests.Fanout;

/// <summary>A journal whose records are on a server: not at hand when they are to be delivered, restored or counted.</summary>
public sealed class FanoutAwayTests
{
    [Fact]
    public async Task Records_that_are_away_are_brought_and_keep_the_order_of_their_key()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        consumer.Answer = async (_, _) => await Task.Delay(1);
        rig.Journal.IsAway = true;
        rig.Journal.OnBring = static async (position, _) =>
        {
            await Task.Delay((int)(position % 5));
            return true;
        };
        rig.Start(rig.Subscription(consumer.Url, inFlight: 4));
        for (int i = 0; i < 400; i++) rig.Put(i % 10, $"{i}");
        await rig.Drained();
        Assert.Equal(400, consumer.Count);
        foreach (var key in consumer.Texts.Select(int.Parse).GroupBy(id => id % 10)) Assert.Equal(key.Order(), key);
        Assert.True(rig.Journal.Brings > 0);
    }

    [Fact]
    public async Task What_cannot_be_brought_is_asked_for_again_after_a_pause_and_others_go_on()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        var hold = new TaskCompletionSource();
        consumer.Answer = (one, _) => one.Text == "first" ? hold.Task : Task.CompletedTask;
        rig.Journal.IsAway = true;
        bool back = false;
        rig.Journal.OnBring = (_, _) => Task.FromResult(Volatile.Read(ref back));
        rig.Start(rig.Subscription(consumer.Url, inFlight: 3));
        rig.Put(1, "first");
        rig.Put(1, "second"); // Behind the first, so it is looked up when that has ended.
        await Rig.Until(() => consumer.Count == 1, "the first is begun as it is read");
        hold.SetResult();
        await Rig.Until(() => rig.Journal.Brings == 1, "asked once");
        rig.Put(2, "another");
        await Rig.Until(() => consumer.Count == 2, "another key goes on");
        await rig.Pass(() => rig.Journal.Brings == 4, "asked again");
        Assert.Equal(2, consumer.Count);
        Volatile.Write(ref back, true);
        await rig.Drained();
        Assert.Equal(["first", "another", "second"], consumer.Texts);
        Assert.Equal(0, rig.Shot().LostToRetention);
    }

    [Fact]
    public async Task A_restart_brings_what_was_unfinished_with_its_attempts_and_in_order()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        consumer.Answer = Consumer.Status(static one => one.Text.StartsWith("bad", StringComparison.Ordinal) ? 500 : 200);
        Subscription subscription = rig.Subscription(consumer.Url);
        rig.Start(subscription);
        for (int i = 0; i < 5; i++) rig.Put(1, $"bad{i}");
        rig.Put(2, "good");
        await Rig.Until(() => consumer.Count == 3 && rig.Time.HasTimerIn(TimeSpan.FromSeconds(2)), "parked after two attempts");
        await rig.StopAsync();

        // A restart that cannot bring them and is stopped meanwhile leaves everything as it was.
        rig.Journal.IsAway = true;
        rig.Journal.OnBring = static (_, _) => Task.FromResult(false);
        rig.Start(subscription);
        await rig.Pass(() => rig.Journal.Brings >= 3, "it asks");
        await rig.StopAsync();
        Assert.Equal(3, consumer.Count);

        rig.Journal.OnBring = static (_, _) => Task.FromResult(true);
        consumer.Answer = static (_, _) => Task.CompletedTask;
        rig.Start(subscription);
        await rig.Drained();
        Assert.Equal(["bad0 3", "bad1 1", "bad2 1", "bad3 1", "bad4 1"], consumer.All.Skip(3).Select(one => $"{one.Text} {one.Attempt}"));
    }

    [Fact]
    public async Task A_consumer_that_is_down_is_probed_and_gets_its_backlog_though_all_of_it_is_away()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        bool up = false;
        consumer.Answer = Consumer.Status(_ => Volatile.Read(ref up) ? 200 : 502);
        rig.Journal.IsAway = true;
        rig.Journal.OnBring = static async (_, _) =>
        {
            await Task.Yield();
            return true;
        };
        rig.Start(rig.Subscription(consumer.Url, inFlight: 8));
        for (int i = 0; i < 300; i++) rig.Put(i % 60, $"{i}");
        await rig.Pass(() => rig.Shot().State == SubscriptionState.Down, "down");
        int atDown = consumer.Count;
        rig.Journal.ForgetBrought();
        long before = rig.Time.UnixMs;
        await rig.Pass(() => rig.Time.UnixMs - before > 300_000, "five minutes", 1_000);
        Assert.InRange(consumer.Count - atDown, 2, 20); // Probes alone.
        Assert.InRange(rig.Shot().OldestAgeMs, 200_000, 400_000); // Known though the oldest is away.
        rig.Journal.ForgetBrought();
        Volatile.Write(ref up, true);
        int failed = consumer.Count;
        await rig.Drained();
        string[] delivered = consumer.Texts[failed..];
        Assert.Equal(300, delivered.Distinct().Count());
        foreach (var key in delivered.Select(int.Parse).GroupBy(id => id % 60)) Assert.Equal(key.Order(), key);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_what_is_never_brought()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        rig.Journal.IsAway = true;
        rig.Journal.OnBring = static async (_, cancelled) =>
        {
            await Task.Delay(Timeout.Infinite, cancelled);
            return true;
        };
        Subscription subscription = rig.Subscription(consumer.Url, inFlight: 1);
        rig.Start(subscription);
        rig.Put(1, "one");
        rig.Put(1, "two");
        await Rig.Until(() => rig.Journal.Brings == 1, "the second is asked for");
        await rig.StopAsync();
        rig.Journal.IsAway = false;
        rig.Start(subscription);
        await rig.Drained();
        Assert.Equal(["one", "two"], consumer.Texts);
    }
}

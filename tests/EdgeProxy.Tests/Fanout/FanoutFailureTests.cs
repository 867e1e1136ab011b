using System.Collections.Concurrent;
using System.Globalization;
using EdgeProxy.Fanout;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Fanout;

public sealed class FanoutFailureTests
{
    [Fact]
    public async Task A_failing_key_is_parked_with_its_successors_and_others_go_on()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        bool healed = false;
        consumer.Answer = Consumer.Status(
            one => one.Text.StartsWith("bad", StringComparison.Ordinal) && !Volatile.Read(ref healed) ? 500 : 200);
        rig.Start(rig.Subscription(consumer.Url));
        for (int i = 0; i < 50; i++)
        {
            rig.Put(1, $"bad{i}");
            rig.Put(2 + (i % 5), $"good{i}");
        }

        await Rig.Until(() => consumer.Texts.Count(text => text.StartsWith("good", StringComparison.Ordinal)) == 50, "the others");
        await rig.Pass(() => rig.Shot() is { ParkedKeys: 1, ParkedRecords: 50 }, "the key is parked");
        Assert.All(consumer.Texts.Where(text => text.StartsWith("bad", StringComparison.Ordinal)), text => Assert.Equal("bad0", text));
        Assert.Equal("HTTP 500", rig.Shot().LastError);
        Volatile.Write(ref healed, true);
        await rig.Drained();
        string[] bad = [.. consumer.Texts.Where(text => text.StartsWith("bad", StringComparison.Ordinal)).Distinct()];
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"bad{i}"), bad);
    }

    [Fact]
    public async Task Retries_on_Telegrams_schedule_and_counts_attempts()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        consumer.Answer = Consumer.Status(_ => 404);
        rig.Start(rig.Subscription(consumer.Url, timeoutS: 3_000));
        rig.Put(1, "x");
        await Rig.Until(() => consumer.Count == 2, "the attempt and the retry at once");
        int attempts = 2;
        foreach (int seconds in (int[])[2, 4, 8, 16, 32])
        {
            await Rig.Until(() => rig.Time.HasTimerIn(TimeSpan.FromSeconds(seconds)), $"a retry planned in {seconds} s");
            rig.Time.Advance(TimeSpan.FromSeconds(seconds));
            attempts++;
            await Rig.Until(() => consumer.Count == attempts, $"the retry after {seconds} s");
        }

        // Moved to the moment itself: the clock stands while the socket works, however long that takes.
        TimeSpan? capped = null;
        await Rig.Until(
            () => (capped = rig.Time.TimerBetween(TimeSpan.FromMilliseconds(Limits.RetryCapMs), TimeSpan.FromMilliseconds(2 * Limits.RetryCapMs))) is not null,
            "the capped retry is planned");
        rig.Time.Advance(capped!.Value);
        await Rig.Until(() => consumer.Count == attempts + 1, "the capped retry");
        Assert.InRange(consumer.All[^1].UnixMs - consumer.All[^2].UnixMs, Limits.RetryCapMs, 2 * Limits.RetryCapMs);
        Assert.Equal(Enumerable.Range(1, attempts + 1).Select(n => n.ToString(CultureInfo.InvariantCulture)),
            consumer.All.Select(one => one.Attempt));
    }

    [Theory]
    [InlineData("700", 700)]
    [InlineData("99999", Limits.RetryAfterSMax)]
    [InlineData(null, 90)]
    public async Task Honours_Retry_After_in_seconds_and_as_a_date(string? header, int expectedS)
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        int count = 0;
        consumer.Answer = (_, context) =>
        {
            if (Interlocked.Increment(ref count) > 1) return Task.CompletedTask;
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = header ?? rig.Time.GetUtcNow().AddSeconds(90).ToString("R");
            return Task.CompletedTask;
        };
        rig.Start(rig.Subscription(consumer.Url));
        rig.Put(1, "x");
        await Rig.Until(() => rig.Time.HasTimerIn(TimeSpan.FromSeconds(expectedS)), "the retry is planned");
        Assert.Equal(1, consumer.Count);
        rig.Time.Advance(TimeSpan.FromSeconds(expectedS));
        await Rig.Until(() => consumer.Count == 2, "the retry");
    }

    [Fact]
    public async Task A_redirect_and_a_time_out_are_failures()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        int count = 0;
        var never = new TaskCompletionSource();
        consumer.Answer = async (_, context) =>
        {
            switch (Interlocked.Increment(ref count))
            {
                case 1:
                    context.Response.Redirect("/hook");
                    break;
                case 2:
                    await never.Task;
                    break;
            }
        };
        rig.Start(rig.Subscription(consumer.Url, timeoutS: 5));
        rig.Put(1, "x");
        await Rig.Until(() => consumer.Count == 2, "the redirect is not followed but retried");
        Assert.Equal("2", consumer.All[1].Attempt);
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        await Rig.Until(() => rig.Time.HasTimerIn(TimeSpan.FromSeconds(2)), "the time-out counts as the second failure");
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        await Rig.Until(() => consumer.Count == 3, "the third attempt");
        never.SetResult();
        await rig.Drained();
    }

    [Fact]
    public async Task Drops_what_expired_by_kind_while_it_waited_and_delivers_the_rest()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        var gate = new TaskCompletionSource();
        consumer.Answer = (one, _) => one.Text == "first" ? gate.Task : Task.CompletedTask;
        rig.Start(rig.Subscription(consumer.Url, inFlight: 1, timeoutS: 3_000));
        rig.Put(1, "first");
        await Rig.Until(() => consumer.Count == 1, "the only slot is taken");
        rig.Put(1, "inline", UpdateKind.InlineQuery);
        rig.Put(1, "callback", UpdateKind.CallbackQuery);
        rig.Put(1, "chosen", UpdateKind.ChosenInlineResult);
        rig.Put(1, "message");
        rig.Time.Advance(TimeSpan.FromSeconds(150));
        gate.SetResult();
        await rig.Drained();
        Assert.Equal(["chosen", "message"], consumer.Texts.Skip(1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Drops_a_parked_update_that_expired_before_its_retry()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        consumer.Answer = (_, context) =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "30";
            return Task.CompletedTask;
        };
        rig.Start(rig.Subscription(consumer.Url));
        rig.Put(1, "inline", UpdateKind.InlineQuery);
        await Rig.Until(() => rig.Time.HasTimerIn(TimeSpan.FromSeconds(30)), "the retry is planned");
        rig.Time.Advance(TimeSpan.FromSeconds(30));
        await rig.Drained();
        Assert.Equal(1, consumer.Count);
    }

    [Fact]
    public async Task Gone_for_23_hours_disables_and_a_restart_tries_again()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        bool gone = true;
        consumer.Answer = Consumer.Status(_ => Volatile.Read(ref gone) ? 410 : 200);
        Subscription subscription = rig.Subscription(consumer.Url);
        rig.Start(subscription);
        rig.Put(1, "x");
        await Rig.Until(() => consumer.Count == 2, "the retry at once");
        await rig.Pass(() => rig.Shot().State == SubscriptionState.Disabled, "disabled", 600_000);
        Assert.True(rig.Time.UnixMs - consumer.All[0].UnixMs >= 23 * 3_600_000L);
        Assert.True(consumer.All[^1].UnixMs - consumer.All[0].UnixMs >= 23 * 3_600_000L);
        int before = consumer.Count;
        rig.Put(1, "not now");
        rig.Time.Advance(TimeSpan.FromMinutes(5));
        await rig.StopAsync();
        Assert.Equal(before, consumer.Count);
        Volatile.Write(ref gone, false);
        rig.Start(subscription);
        await rig.Drained();
        Assert.Contains("not now", consumer.Texts);
    }

    [Fact]
    public async Task A_consumer_that_is_down_is_probed_by_one_and_gets_its_backlog_at_a_ramp()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        bool up = false;
        int now = 0, most = 0;
        var firstTogether = new ConcurrentQueue<int>();
        consumer.Answer = async (_, context) =>
        {
            if (!Volatile.Read(ref up))
            {
                context.Response.StatusCode = 502;
                return;
            }

            int together = Interlocked.Increment(ref now);
            firstTogether.Enqueue(together);
            if (together > Volatile.Read(ref most)) Volatile.Write(ref most, together);
            await Task.Delay(2);
            Interlocked.Decrement(ref now);
        };
        rig.Start(rig.Subscription(consumer.Url, inFlight: 32));
        for (int i = 0; i < 5_000; i++) rig.Put(i, $"{i}");
        await rig.Pass(() => rig.Shot().State == SubscriptionState.Down, "down");
        int atDown = consumer.Count;
        Assert.InRange(atDown, 6, 200);
        long before = rig.Time.UnixMs;
        await rig.Pass(() => rig.Time.UnixMs - before > 600_000, "ten minutes", 1_000);
        Assert.InRange(consumer.Count - atDown, 5, 30); // Probes alone, not 5,000 keys.
        Assert.InRange(rig.Shot().LagRecords, 4_000, 6_000);
        Volatile.Write(ref up, true);
        await rig.Drained();
        Assert.Equal(5_000, consumer.Texts.Skip(atDown).ToHashSet().Count);
        Assert.Equal(1, firstTogether.First());
        Assert.InRange(firstTogether.Take(4).Max(), 1, 4); // One more for each success.
        Assert.InRange(most, 8, 32);
        Assert.Equal(SubscriptionState.Running, rig.Shot().State);
    }

    [Fact]
    public async Task Poisoned_keys_alone_do_not_keep_a_consumer_down()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        consumer.Answer = Consumer.Status(one => one.Text == "poison" ? 500 : 200);
        rig.Start(rig.Subscription(consumer.Url, inFlight: 4));
        for (int i = 0; i < 10; i++) rig.Put(i, "poison");
        await rig.Pass(() => rig.Shot().State == SubscriptionState.Down, "down, as far as anyone can tell");
        rig.Put(100, "good");
        for (int i = 1; i < 20; i++) rig.Put(100 + i, "good");
        long before = rig.Time.UnixMs;
        await rig.Pass(() => consumer.Texts.Count(text => text == "good") == 20, "fresh keys are tried first", 500);

        // Five poisoned keys can be as fresh: their probes cost 2 + 4 + 8 + 16 + 32 s, the next comes 60–120 s later: 182 s and the steps.
        // Were failed keys probed before fresh ones, ten would cost 362 s at least.
        Assert.InRange(rig.Time.UnixMs - before, 0, 240_000);
    }

    [Fact]
    public async Task An_unreachable_consumer_is_down_and_found_again()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        rig.Start(rig.Subscription(new Uri("http://127.0.0.1:9/hook"), inFlight: 2));
        for (int i = 0; i < 20; i++) rig.Put(i, $"{i}");
        await rig.Pass(() => rig.Shot().State == SubscriptionState.Down, "down");
        Assert.Equal("ConnectionError", rig.Shot().LastError);
        await rig.StopAsync();
        rig.Start(rig.Subscription(consumer.Url, inFlight: 2));
        await rig.Drained();
        Assert.Equal(20, consumer.Texts.ToHashSet().Count);
    }
}

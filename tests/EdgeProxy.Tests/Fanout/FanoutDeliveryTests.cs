using System.Collections.Concurrent;
using System.Text;
using EdgeProxy.Fanout;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Fanout;

public sealed class FanoutDeliveryTests
{
    [Fact]
    public async Task Keeps_the_order_of_each_key_and_runs_keys_in_parallel()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        var inFlight = new ConcurrentDictionary<string, int>();
        int now = 0, most = 0, overlaps = 0;
        consumer.Answer = async (one, _) =>
        {
            string key = one.Text.Split(':')[0];
            if (inFlight.AddOrUpdate(key, 1, (_, n) => n + 1) > 1) Interlocked.Increment(ref overlaps);
            int together = Interlocked.Increment(ref now);
            if (together > Volatile.Read(ref most)) Volatile.Write(ref most, together);
            await Task.Delay(1);
            Interlocked.Decrement(ref now);
            inFlight.AddOrUpdate(key, 0, (_, n) => n - 1);
        };
        rig.Start(rig.Subscription(consumer.Url, inFlight: 8));
        for (int i = 0; i < 600; i++) rig.Put(i % 20, $"{i % 20}:{i}");
        await Rig.Until(() => consumer.Count == 600, "600 deliveries");
        Assert.Equal(0, overlaps);
        Assert.InRange(most, 2, 8);
        foreach (var key in consumer.Texts.GroupBy(text => text.Split(':')[0]))
        {
            int[] order = [.. key.Select(text => int.Parse(text.Split(':')[1]))];
            Assert.Equal(order.Order(), order);
        }
    }

    [Fact]
    public async Task Sends_the_bytes_as_they_came_with_the_headers()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        rig.Start(rig.Subscription(consumer.Url, secret: "s3cret_-"));
        const string Text = """{"update_id":1,  "message":{"text":"Привет, \u043c\u0438\u0440 🙂"}}""";
        rig.Put(1, Text);
        await Rig.Until(() => consumer.Count == 1, "one delivery");
        Received one = consumer.All[0];
        Assert.Equal(Encoding.UTF8.GetBytes(Text), one.Body);
        Assert.Equal("s3cret_-", one.Secret);
        Assert.Equal("1", one.Attempt);
        Assert.Equal("shop", one.Bot);
        Assert.Equal("application/json", one.ContentType);
    }

    [Fact]
    public async Task Filters_by_bot_kind_chat_type_and_command()
    {
        await using var rig = new Rig();
        Consumer kinds = await rig.ConsumerAsync(), types = await rig.ConsumerAsync();
        Consumer commands = await rig.ConsumerAsync(), rest = await rig.ConsumerAsync();
        byte[][] start = ["/start"u8.ToArray()];
        rig.Start(
            rig.Subscription(kinds.Url, "kinds", filter: new UpdateFilter([UpdateKind.CallbackQuery], [], [], [])),
            rig.Subscription(types.Url, "types", filter: new UpdateFilter([], [ChatType.Channel], [], [])),
            rig.Subscription(commands.Url, "commands", filter: new UpdateFilter([], [], start, [])),
            rig.Subscription(rest.Url, "rest", filter: new UpdateFilter([], [], [], start)));
        rig.Put(1, "callback", UpdateKind.CallbackQuery);
        rig.Put(2, "channel", chatType: ChatType.Channel);
        rig.Put(3, "/start now");
        rig.Put(4, "/help");
        rig.Put(5, "/start of another bot", botId: 43);
        await rig.Drained();
        Assert.Equal(["callback"], kinds.Texts);
        Assert.Equal(["channel"], types.Texts);
        Assert.Equal(["/start now"], commands.Texts);
        Assert.Equal(["/help", "callback", "channel"], rest.Texts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Executes_a_method_in_the_reply_and_ignores_what_Telegram_ignores()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        consumer.Answer = (one, context) => context.Response.WriteAsync(one.Text);
        rig.OnMethod = method => method == "sendFails" ? Task.FromException(new IOException("no")) : Task.CompletedTask;
        rig.Start(rig.Subscription(consumer.Url));
        rig.Put(1, """{"method":"sendMessage","chat_id":1,"text":"да"}""");
        rig.Put(1, """{"method":"sendFails"}""");
        rig.Put(1, """{"method":"getMe"}""");
        rig.Put(1, """{"method":"SETwebhook"}""");
        rig.Put(1, """{"method":"close"}""");
        rig.Put(1, """{"method":"../x"}""");
        rig.Put(1, """{"inner":{"method":"sendMessage"}}""");
        rig.Put(1, "ok");
        rig.Put(1, """{"chat_id":2,"method":"sendPhoto"}""");
        await rig.Drained();
        await Rig.Until(() => rig.Methods.Count() == 3, "the calls were made");
        Assert.Equal(9, consumer.Count); // The failed method did not undo its acknowledgement.
        Assert.Equal(
            [
                """sendMessage {"method":"sendMessage","chat_id":1,"text":"да"}""", """sendFails {"method":"sendFails"}""",
                """sendPhoto {"chat_id":2,"method":"sendPhoto"}""",
            ],
            rig.Methods);
    }

    [Fact]
    public async Task A_call_that_waits_for_its_chats_budget_holds_up_no_update()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        var budget = new TaskCompletionSource();
        consumer.Answer = (one, context) => context.Response.WriteAsync(one.Text);
        rig.OnMethod = _ => budget.Task;
        rig.Start(rig.Subscription(consumer.Url, inFlight: 1));
        for (int i = 0; i < 50; i++) rig.Put(1, $$"""{"method":"sendMessage","chat_id":1,"text":"{{i}}"}""");
        await Rig.Until(() => consumer.Count == 50, "all updates are delivered while no call has ended");
        budget.SetResult();
        await Rig.Until(() => rig.Methods.Count() == 50, "all calls were made");
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $$"""sendMessage {"method":"sendMessage","chat_id":1,"text":"{{i}}"}"""), rig.Methods);
    }

    [Fact]
    public async Task A_slow_consumer_does_not_slow_another()
    {
        await using var rig = new Rig();
        Consumer slow = await rig.ConsumerAsync(), quick = await rig.ConsumerAsync();
        var gate = new TaskCompletionSource();
        slow.Answer = (_, _) => gate.Task;
        rig.Start(rig.Subscription(slow.Url, "slow", inFlight: 2), rig.Subscription(quick.Url, "quick"));
        for (int i = 0; i < 300; i++) rig.Put(i, $"{i}");
        await Rig.Until(() => quick.Count == 300, "the quick one has all");
        Assert.Equal(2, slow.Count);
        gate.SetResult();
        await Rig.Until(() => slow.Count == 300, "the slow one too");
    }

    [Fact]
    public async Task Stops_reading_at_the_bound_of_unfinished_records()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        var gate = new TaskCompletionSource();
        consumer.Answer = (_, _) => gate.Task;
        rig.Start(rig.Subscription(consumer.Url, inFlight: 2, timeoutS: 3_000));
        for (int i = 0; i < Limits.FanoutOutstandingMax + 500; i++) rig.Put(1, "x");
        long bound = 4096 + (Limits.FanoutOutstandingMax * 65L);
        await rig.Pass(() => rig.Shot().Position >= bound, "the bound");
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(bound, rig.Shot().Position);
        Assert.Equal(1, consumer.Count);
        gate.SetResult();
        await Rig.Until(() => consumer.Count > 600, "it goes on");
    }

    [Fact]
    public async Task A_new_subscription_starts_at_the_end_or_at_the_oldest()
    {
        await using var rig = new Rig();
        Consumer next = await rig.ConsumerAsync(), oldest = await rig.ConsumerAsync();
        rig.Put(1, "before");
        var fromOldest = new Subscription { Id = "shop/oldest", Bot = rig.Bot, Url = oldest.Url, StartFromOldest = true };
        rig.Start(rig.Subscription(next.Url, "next"), fromOldest);
        rig.Put(1, "after");
        await rig.Drained();
        Assert.Equal(["after"], next.Texts);
        Assert.Equal(["before", "after"], oldest.Texts);
    }
}

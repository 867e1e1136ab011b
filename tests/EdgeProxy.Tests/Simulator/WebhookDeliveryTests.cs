using System.Collections.Concurrent;
using EdgeProxy.Simulator.Delivery;
using EdgeProxy.Simulator.Telegram;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Simulator;

public sealed class WebhookDeliveryTests
{
    private const int Updates = 400;

    [Fact]
    public async Task Every_update_arrives_byte_for_byte_in_the_order_of_its_key_while_a_third_of_the_attempts_fail()
    {
        var acknowledged = new ConcurrentQueue<long>();
        var failed = new ConcurrentDictionary<long, bool>();
        await using WebhookTarget target = await WebhookTarget.StartAsync((context, id) =>
        {
            if (id % 3 == 0 && failed.TryAdd(id, true))
            {
                context.Response.StatusCode = id % 2 == 0 ? 503 : 302;
                return Task.CompletedTask;
            }

            acknowledged.Enqueue(id);
            return Task.CompletedTask;
        });
        await using FakeTelegram telegram = await FakeTelegram.StartAsync(new FakeTelegramOptions { RetryScale = 0.005 });
        FakeBot bot = telegram.AddBot(TelegramClient.Token);
        bot.Updates.Allow(["message", "edited_message", "callback_query", "chat_member", "my_chat_member"]);
        bot.Updates.SetWebhook(new WebhookSettings(target.Url, "s3cret", 20), dropPending: false);

        var sent = new Dictionary<long, SimUpdate>();
        for (int i = 0; i < Updates; i++)
        {
            (SimUpdate update, EnqueueOutcome outcome) = bot.Produce(factory => factory.NextOfMix(10));
            Assert.Equal(EnqueueOutcome.Queued, outcome);
            sent.Add(update.UpdateId, update);
        }

        Assert.True(await TelegramClient.EventuallyAsync(() => bot.Updates.PendingCount == 0));
        Assert.Equal(sent.Keys.Order(), acknowledged.Order());
        Assert.NotEmpty(failed);
        Assert.All(target.Secrets, secret => Assert.Equal("s3cret", secret));
        Assert.All(target.Attempts, attempt => Assert.Equal(sent[attempt.UpdateId].Body, attempt.Body));
        foreach (var key in acknowledged.GroupBy(id => sent[id].Key))
        {
            Assert.Equal(key.Order(), key);
        }
    }

    [Fact]
    public async Task A_failing_key_does_not_hold_up_another()
    {
        await using WebhookTarget target = await WebhookTarget.StartAsync((context, id) =>
        {
            context.Response.StatusCode = id == 700_000_000 ? 500 : 200;
            return Task.CompletedTask;
        });
        await using FakeTelegram telegram = await FakeTelegram.StartAsync();
        FakeBot bot = telegram.AddBot(TelegramClient.Token);
        bot.Updates.SetWebhook(new WebhookSettings(target.Url, "", 1), dropPending: false);
        UpdateShape shape = UpdateFactory.Find("02")!;
        foreach (int chat in new[] { 0, 0, 1, 1 })
        {
            bot.Produce(factory => factory.Next(shape, chat));
        }

        Assert.True(await TelegramClient.EventuallyAsync(() => bot.Updates.PendingCount == 2));
        Assert.DoesNotContain(target.Attempts, attempt => attempt.UpdateId == 700_000_001);
        Assert.Contains("500", bot.Pump.LastError.Message);
    }

    [Fact]
    public async Task Injected_duplicates_come_beside_the_original_and_are_counted()
    {
        await using WebhookTarget target = await WebhookTarget.StartAsync();
        await using FakeTelegram telegram = await FakeTelegram.StartAsync(new FakeTelegramOptions { DuplicateProbability = 1 });
        FakeBot bot = telegram.AddBot(TelegramClient.Token);
        bot.Updates.SetWebhook(new WebhookSettings(target.Url, "", 5), dropPending: false);
        for (int i = 0; i < 20; i++)
        {
            bot.Produce(factory => factory.Next(UpdateFactory.Find("01")!, i));
        }

        // The target counts a request before the simulator counts its answer.
        Assert.True(await TelegramClient.EventuallyAsync(() => target.Attempts.Count == 40 && telegram.Stats.WebhookAcceptedCount >= 20));
        Assert.Equal(20, telegram.Stats.DuplicatesInjected);
        Assert.Equal(20, telegram.Stats.WebhookAcceptedCount);
    }

    [Fact]
    public async Task A_method_call_in_the_reply_is_executed_except_for_those_that_read_or_change_the_webhook()
    {
        await using WebhookTarget target = await WebhookTarget.StartAsync((context, id) => context.Response.WriteAsync(id % 2 == 0
            ? """{"method":"sendMessage","chat_id":77,"text":"привіт"}"""
            : """{"method":"deleteWebhook"}"""));
        await using FakeTelegram telegram = await FakeTelegram.StartAsync();
        FakeBot bot = telegram.AddBot(TelegramClient.Token);
        bot.Updates.SetWebhook(new WebhookSettings(target.Url, "", 5), dropPending: false);
        bot.Produce(factory => factory.Next(UpdateFactory.Find("02")!, 0));
        bot.Produce(factory => factory.Next(UpdateFactory.Find("02")!, 0));

        Assert.True(await TelegramClient.EventuallyAsync(() => telegram.Stats.WebhookAcceptedCount == 2 && telegram.Sends.Count == 1));
        Assert.Equal("привіт", Assert.Single(telegram.Sends.Snapshot()).Text);
        Assert.NotNull(bot.Updates.Webhook);
    }
}

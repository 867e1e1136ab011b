using System.Text.Json;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Tests.Simulator;

public sealed class LimitTests
{
    private const string PaidToken = "1000002:AAEdgeProxyTestTokenForSimulatorPaid";

    private readonly SteppedClock _clock = new();

    [Fact]
    public async Task A_group_takes_twenty_a_minute_and_with_the_option_one_a_second_too()
    {
        await using FakeTelegram telegram = await StartAsync(options => options.GroupBurst = 3);
        using var client = new TelegramClient(telegram);
        int[] burst = await SendAsync(client, -9, 4);
        Assert.Equal([200, 200, 200, 429], burst);
        int accepted = 3;
        for (int second = 1; second <= 40; second++)
        {
            _clock.AdvanceMs(1000);
            accepted += (await SendAsync(client, -9, 1))[0] == 200 ? 1 : 0;
        }

        // 20 at once and a third of one a second: the minute's limit, not the second's, is what holds in the end.
        Assert.InRange(accepted, 32, 34);
    }

    [Fact]
    public async Task An_album_and_a_batch_count_their_weight_in_the_limits_and_in_the_counts()
    {
        await using FakeTelegram telegram = await StartAsync();
        using var client = new TelegramClient(telegram);
        string file = new string('A', 40);
        object[] media = [.. Enumerable.Range(0, 10).Select(_ => new { type = "photo", media = "AgAC" + file })];
        Assert.Equal(200, (await client.CallAsync("sendMediaGroup", new { chat_id = 5, media })).Status);
        var (status, body) = await client.CallAsync("sendMessage", new { chat_id = 5, text = "x" });
        Assert.Equal(429, status);

        // Ten went out of a burst of five: five to pay back and one to earn.
        Assert.Equal(6, body.GetProperty("parameters").GetProperty("retry_after").GetInt32());
        _clock.AdvanceMs(6000);
        Assert.Equal(200, (await client.CallAsync("sendMessage", new { chat_id = 5, text = "x" })).Status);
        JsonElement counts = (await client.ControlAsync("chats?chat_id=5")).GetProperty("chats")[0];
        Assert.Equal(2, counts.GetProperty("sends").GetInt32());
        Assert.Equal(11, counts.GetProperty("messages").GetInt32());
        Assert.Equal(1, counts.GetProperty("floods").GetInt32());
        Assert.Equal(1, (await client.ControlAsync("stats")).GetProperty("flooded_chats").GetInt32());
    }

    [Fact]
    public async Task A_paid_bot_pays_a_tenth_of_a_Star_above_the_free_thirty_up_to_a_thousand_a_second()
    {
        await using FakeTelegram telegram = await StartAsync(options => options.PaidTokens.Add(PaidToken));
        using var client = new TelegramClient(telegram, PaidToken);
        for (int chat = 1; chat <= 1000; chat++)
        {
            Assert.Equal(200, (await client.CallAsync("sendMessage", new { chat_id = chat, text = "x", allow_paid_broadcast = true })).Status);
        }

        Assert.Equal(429, (await client.CallAsync("sendMessage", new { chat_id = 1001, text = "x", allow_paid_broadcast = true })).Status);
        JsonElement stats = await client.ControlAsync("stats");
        Assert.Equal(970, stats.GetProperty("paid_messages").GetInt64());
        Assert.Equal(97.0, stats.GetProperty("paid_stars").GetDouble(), 6);

        // A chat's own limit is not for sale.
        _clock.AdvanceMs(1000);
        object again = new { chat_id = 1, text = "x", allow_paid_broadcast = true };
        int[] one = [.. (await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => client.CallAsync("sendMessage", again)))).Select(a => a.Status)];
        Assert.Contains(429, one);
    }

    [Theory]
    [InlineData(TelegramClient.Token, true)]
    [InlineData(PaidToken, false)]
    public async Task The_free_thirty_hold_for_a_bot_that_did_not_pay_and_for_calls_that_do_not_ask(string token, bool asks)
    {
        await using FakeTelegram telegram = await StartAsync(options => options.PaidTokens.Add(PaidToken));
        using var client = new TelegramClient(telegram, token);
        int accepted = 0;
        for (int chat = 1; chat <= 40; chat++)
        {
            accepted += (await client.CallAsync("sendMessage", new { chat_id = chat, text = "x", allow_paid_broadcast = asks })).Status == 200 ? 1 : 0;
        }

        Assert.Equal(30, accepted);
        Assert.Equal(0, telegram.Stats.PaidMessages);
    }

    [Fact]
    public async Task Above_the_sends_in_flight_to_one_chat_it_waits_and_says_sixty_seconds()
    {
        await using FakeTelegram telegram = await StartAsync(options =>
        {
            options.InFlightMax = 3;
            options.InFlightWaitMs = 50;
        });
        using var client = new TelegramClient(telegram);
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.LatencyAfter, ChatId = 5, LatencyMs = 60_000 });
        using var gone = new CancellationTokenSource();
        string url = $"{telegram.Url}/bot{TelegramClient.Token}/sendMessage?text=x&chat_id=";
        Task<HttpResponseMessage>[] held = [.. Enumerable.Range(0, 3).Select(_ => client.Http.GetAsync(url + 5, gone.Token))];
        Assert.True(await TelegramClient.EventuallyAsync(() => telegram.Sends.Count == 3));
        var (status, body) = await client.CallAsync("sendMessage", new { chat_id = 5, text = "x" });
        Assert.Equal(429, status);
        Assert.Equal(60, body.GetProperty("parameters").GetProperty("retry_after").GetInt32());
        Assert.Equal(200, (await client.CallAsync("sendMessage", new { chat_id = 6, text = "x" })).Status);
        Assert.Equal(1, telegram.Stats.InFlightFloods);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(held));
    }

    [Fact]
    public async Task A_million_sends_are_kept_with_their_order_and_markers()
    {
        const int Sends = 1_000_000;
        var log = new SendLog(Sends, 32);
        await Task.Run(() =>
        {
            for (int i = 1; i <= Sends; i++)
            {
                log.Add(new SendEntry { Method = "sendmessage", ChatId = i % 100, ChatNumber = i / 100 }, "m-" + i, []);
            }
        });
        Assert.Equal(Sends, log.Count);
        SendRecord[] last = log.Snapshot(after: Sends - 3);
        Assert.Equal(["m-999998", "m-999999", "m-1000000"], last.Select(send => send.Text));
        Assert.Equal([999_998, 999_999, 1_000_000], last.Select(send => send.Number));
        Assert.Equal("m-1", Assert.Single(log.Snapshot(limit: 1)).Text);
    }

    [Fact]
    public async Task A_record_says_the_order_of_arrival_in_its_chat()
    {
        await using FakeTelegram telegram = await StartAsync(options => options.EnforceLimits = false);
        using var client = new TelegramClient(telegram);
        for (int i = 0; i < 6; i++)
        {
            await client.CallAsync("sendMessage", new { chat_id = 5 + i % 2, text = "m-" + i });
        }

        SendRecord[] sends = telegram.Sends.Snapshot(wanted: send => send.ChatId == 6);
        Assert.Equal([("m-1", 1), ("m-3", 2), ("m-5", 3)], sends.Select(send => (send.Text, send.ChatNumber)));
    }

    private Task<FakeTelegram> StartAsync(Action<FakeTelegramOptions>? change = null)
    {
        var options = new FakeTelegramOptions { Clock = _clock };
        options.Tokens.Add(TelegramClient.Token);
        change?.Invoke(options);
        return FakeTelegram.StartAsync(options);
    }

    private static async Task<int[]> SendAsync(TelegramClient client, long chat, int count)
    {
        int[] statuses = new int[count];
        for (int i = 0; i < count; i++)
        {
            statuses[i] = (await client.CallAsync("sendMessage", new { chat_id = chat, text = "x" })).Status;
        }

        return statuses;
    }
}

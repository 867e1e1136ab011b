using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>
/// Telegram misbehaves, and its own record is the judge: nothing is sent twice, a caller that got 200 was sent once, a caller that got a
/// refusal was not sent, and whatever is in doubt is told to be.
/// </summary>
public sealed class SendFaultTests(ITestOutputHelper output)
{
    private const int Messages = 240;
    private const int Chats = 80;
    private const int Callers = 16;

    /// <summary>Fast lanes: these tests are about faults and not about limits, which the simulator does not enforce here.</summary>
    private static readonly object FastLanes = new { PrivatePerSecond = 50, PrivateBurst = 50, PerSecond = 2000, Burst = 200, MaxWaitMs = 20_000 };

    [Theory]
    [InlineData(nameof(FaultKind.ResetBefore))]
    [InlineData(nameof(FaultKind.ResetAfter))]
    [InlineData(nameof(FaultKind.CloseBefore))]
    [InlineData(nameof(FaultKind.CloseAfter))]
    public async Task A_cut_connection_is_told_as_doubt_and_nothing_is_sent_twice(string kind)
    {
        await using var setup = await Setup.StartAsync(FastLanes);
        var fault = Enum.Parse<FaultKind>(kind);
        setup.Telegram.Faults.Add(new FaultRule { Kind = fault, Probability = 0.2, Method = "sendMessage" });
        var replies = await SendManyAsync(setup, Messages);
        var counts = Judge(setup, replies, kind);

        // Every cut is one doubt, and a doubt is either there or not as the fault came before or after.
        Assert.NotInRange(setup.Telegram.Stats.Faults, 0, Messages / 20);
        Assert.Equal(setup.Telegram.Stats.Faults, counts.Unknown);
        Assert.Equal(fault is FaultKind.ResetAfter or FaultKind.CloseAfter ? counts.Unknown : 0, counts.UnknownButSent);
        Assert.Equal(Messages, counts.Ok + counts.Unknown);
    }

    [Theory]
    [InlineData(nameof(FaultKind.ResetAfter))]
    [InlineData(nameof(FaultKind.CloseAfter))]
    public async Task An_upload_that_was_cut_is_told_as_doubt_and_not_repeated(string kind)
    {
        await using var setup = await Setup.StartAsync(FastLanes);
        setup.Telegram.Faults.Add(new FaultRule { Kind = Enum.Parse<FaultKind>(kind), Probability = 0.5, Method = "sendDocument" });
        var replies = new List<BotReply>();
        for (var i = 0; i < 20; i++)
        {
            using var form = new MultipartFormDataContent();
            form.Add(new StringContent($"{5000 + i}"), "chat_id");
            form.Add(new StringContent($"u-{i}"), "caption");
            form.Add(new ByteArrayContent(new byte[300_000]), "document", "a.bin");
            replies.Add(await setup.Caller.PostAsync("sendDocument", form, $"u-{i}"));
        }

        var counts = Judge(setup, replies, "upload, " + kind);
        Assert.NotEqual(0, counts.Unknown);
        Assert.Equal(setup.Telegram.Stats.Faults, counts.Unknown);
        Assert.Equal(20, counts.Sent);
    }

    [Fact]
    public async Task Bursts_of_5xx_are_tried_again_and_nothing_is_sent_twice()
    {
        await using var setup = await Setup.StartAsync(FastLanes);
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, Status = 502, Html = true, Probability = 0.3 });
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, Status = 500, Probability = 0.2 });
        var replies = await SendManyAsync(setup, Messages);
        var counts = Judge(setup, replies, "5xx");
        Assert.NotInRange(setup.Telegram.Stats.Faults, 0, Messages / 10);

        // Half the attempts fail: within 20 seconds nearly every message finds its way, and one that did not says so.
        Assert.InRange(counts.Ok, Messages * 9 / 10, Messages);
        Assert.Equal(0, counts.Unknown);
    }

    [Fact]
    public async Task Resets_before_and_after_together_with_5xx_leave_no_message_untold()
    {
        await using var setup = await Setup.StartAsync(FastLanes);
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, Status = 503, Probability = 0.2 });
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetBefore, Probability = 0.1 });
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, Probability = 0.1 });
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Flood, Probability = 0.02, RetryAfter = 1 });
        var replies = await SendManyAsync(setup, Messages);
        var counts = Judge(setup, replies, "all together");
        Assert.NotEqual(0, counts.Unknown);
        Assert.NotEqual(0, counts.UnknownButSent);
        Assert.NotEqual(counts.Unknown, counts.UnknownButSent);
    }

    [Fact]
    public async Task A_storm_of_429_on_one_chat_holds_up_no_other()
    {
        const long Stormy = 66;
        await using var setup = await Setup.StartAsync(new { PrivatePerSecond = 50, PrivateBurst = 50, PerSecond = 2000, Burst = 200, MaxWaitMs = 4000 });
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Flood, ChatId = Stormy, RetryAfter = 2 });
        var storm = Enumerable.Range(0, 10).Select(i => setup.Caller.SendAsync(Stormy, $"storm-{i}")).ToArray();
        var others = await SendManyAsync(setup, Messages);
        var refused = await Task.WhenAll(storm);

        var counts = Judge(setup, [.. others, .. refused], "429 storm");
        Assert.All(others, reply => Assert.Equal(200, reply.Status));
        Assert.All(refused, reply =>
        {
            Assert.Equal(429, reply.Status);
            Assert.NotInRange(reply.RetryAfterS ?? 0, int.MinValue, 0);
            Assert.Equal(reply.RetryAfterS, reply.Body.GetProperty("parameters").GetProperty("retry_after").GetInt32());
        });
        Assert.Equal(Messages, counts.Sent);

        // The chat alone is gated: its calls wait, they do not hammer. Ten callers and 4 s of 2 s gates could be 10 calls and more.
        output.WriteLine($"calls that met the storm at the simulator: {setup.Telegram.Stats.Floods}");
        Assert.InRange(setup.Telegram.Stats.Floods, 1, 5);
    }

    [Fact]
    public async Task A_caller_that_hangs_up_while_it_waits_is_not_sent()
    {
        await using var setup = await Setup.StartAsync(new { PrivatePerSecond = 0.5, PrivateBurst = 1 });
        Assert.Equal(200, (await setup.Caller.SendAsync(7, "first")).Status);
        using var hangUp = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 5).Select(i => setup.Caller.SendAsync(7, $"given-up-{i}", hangUp.Token)).ToArray();
        hangUp.CancelAfter(300);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
        Assert.All(waiting, call => Assert.True(call.IsCanceled));

        // The next one in the lane does not wait for the turns of those that went.
        var last = await setup.Caller.SendAsync(7, "last");
        Assert.Equal(200, last.Status);
        Assert.Equal(["first", "last"], setup.Telegram.Sends.Snapshot().Select(send => send.Text));
        output.WriteLine($"given up: {waiting.Length}, sent of them: 0");
    }

    [Fact]
    public async Task An_album_whose_400_hides_a_429_waits_and_goes_out_once()
    {
        await using var setup = await Setup.StartAsync(FastLanes);
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.AlbumFlood, RetryAfter = 1, Count = 2 });
        object[] media = [new { type = "photo", media = "AgACone", caption = "album" }, new { type = "photo", media = "AgACtwo" }];
        var reply = await setup.Caller.CallAsync("sendMediaGroup", new { chat_id = 9, media }, "album");
        Assert.Equal(200, reply.Status);
        Assert.Equal(2, setup.Telegram.Stats.Faults);
        Assert.Equal("sendmediagroup", Assert.Single(setup.Telegram.Sends.Snapshot()).Method);
    }

    [Fact]
    public async Task A_group_that_became_a_supergroup_is_followed_and_remembered()
    {
        const long Supergroup = -1_001_234_567_890_123;
        await using var setup = await Setup.StartAsync(FastLanes);
        setup.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Migrated, ChatId = -600, MigrateToChatId = Supergroup });
        for (var i = 0; i < 3; i++)
            Assert.Equal(200, (await setup.Caller.SendAsync(-600, $"m-{i}")).Status);
        Assert.Equal(1, setup.Telegram.Stats.Faults);
        Assert.All(setup.Telegram.Sends.Snapshot(), send => Assert.Equal(Supergroup, send.ChatId));
        Assert.Equal(["m-0", "m-1", "m-2"], setup.Telegram.Sends.Snapshot().Select(send => send.Text));
    }

    private static async Task<List<BotReply>> SendManyAsync(Setup setup, int count)
    {
        var replies = new List<BotReply>[Callers];
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            replies[caller] = [];
            for (var i = caller; i < count; i += Callers)
                replies[caller].Add(await setup.Caller.SendAsync(1000 + (i % Chats), $"m-{i}"));
        })));
        return [.. replies.SelectMany(list => list)];
    }

    /// <summary>Compares what callers were told with what Telegram has, prints the counts, and fails on a double, a loss or a lie.</summary>
    private Counts Judge(Setup setup, IReadOnlyCollection<BotReply> replies, string what)
    {
        var sent = setup.Telegram.Sends.Snapshot().GroupBy(send => send.Text).ToDictionary(group => group.Key, group => group.Count());
        var doubles = sent.Where(pair => pair.Value > 1).Select(pair => pair.Key).ToList();
        var ok = replies.Where(reply => reply.Status == 200).ToList();
        var unknown = replies.Where(reply => reply.Outcome == "unknown").ToList();
        var refused = replies.Where(reply => reply.Status != 200 && reply.Outcome != "unknown").ToList();
        var counts = new Counts(ok.Count, unknown.Count, unknown.Count(reply => sent.ContainsKey(reply.Marker)), refused.Count, sent.Values.Sum());
        output.WriteLine(
            $"{what}: {replies.Count} calls, {setup.Telegram.Stats.Faults} faults | 200: {counts.Ok}, in doubt: {counts.Unknown} "
            + $"(of them sent: {counts.UnknownButSent}), refused: {counts.Refused} | at Telegram: {counts.Sent}, twice: {doubles.Count}");
        Assert.Empty(doubles);
        Assert.All(ok, reply => Assert.True(sent.ContainsKey(reply.Marker), $"{reply.Marker} was told to be sent and was not"));
        Assert.All(refused, reply => Assert.False(sent.ContainsKey(reply.Marker), $"{reply.Marker} was told {reply.Status} and was sent"));
        Assert.All(unknown, reply =>
        {
            Assert.Equal(504, reply.Status);
            Assert.False(reply.Body.GetProperty("ok").GetBoolean());
            Assert.Equal(504, reply.Body.GetProperty("error_code").GetInt32());
        });
        Assert.All(replies.Where(reply => reply.Status == 504), reply => Assert.Equal("unknown", reply.Outcome));
        return counts;
    }

    private sealed record Counts(int Ok, int Unknown, int UnknownButSent, int Refused, int Sent);

    private sealed class Setup(TempFolder folder, FakeTelegram telegram, ProxyProcess proxy, BotCaller caller) : IAsyncDisposable
    {
        public FakeTelegram Telegram => telegram;

        public BotCaller Caller => caller;

        public static async Task<Setup> StartAsync(object lanes)
        {
            var options = new FakeTelegramOptions { EnforceLimits = false };
            options.Tokens.Add(ProxyConfig.Token);
            var folder = new TempFolder();
            var telegram = await FakeTelegram.StartAsync(options);
            var proxy = SendingProxy.In(folder, telegram.Url, lanes);
            await proxy.StartAsync();
            return new Setup(folder, telegram, proxy, new BotCaller(proxy.BaseAddress));
        }

        public async ValueTask DisposeAsync()
        {
            caller.Dispose();
            proxy.Dispose();
            await telegram.DisposeAsync();
            folder.Dispose();
        }
    }
}

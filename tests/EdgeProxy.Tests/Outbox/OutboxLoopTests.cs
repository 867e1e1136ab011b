using System.Reflection;
using EdgeProxy.Outbox;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Outbox;

public abstract class OutboxLoopTests
{
    internal abstract Task<LoopRig> StartAsync();

    [Fact]
    public async Task Messages_of_many_chats_arrive_once_each_and_in_the_order_of_their_chat()
    {
        await using LoopRig rig = await StartAsync();
        List<MessageId> ids = [];
        for (int i = 0; i < 40; i++) ids.Add(await rig.AcceptAsync(rig.Message(1, $"{i}")));
        rig.Host.Start();
        for (int i = 0; i < 160; i++) ids.Add(await rig.AcceptAsync(rig.Message(i % 20 + 2, $"{i}")));
        foreach (MessageId id in ids)
        {
            MessageRecord record = await rig.UntilAsync(id, MessageState.Sent);
            Assert.NotEqual(0, record.TelegramMessageId);
        }

        Assert.Equal(200, rig.Sends.Count());
        foreach (IGrouping<long, SendRecord> chat in rig.Sends.GroupBy(send => send.ChatId))
        {
            int[] texts = [.. chat.OrderBy(send => send.Number).Select(send => int.Parse(send.Text))];
            Assert.Equal(texts.Order(), texts);
        }

        Assert.True(await Eventually.TrueAsync(() => rig.Host.Snapshot() is { InFlight: 0, OldestReadyAgeMs: 0, Running: true }));
        Assert.Equal((0L, 0L), (rig.Host.Snapshot().Bots[0].Queued, rig.Host.Snapshot().Bots[0].Unknown));
    }

    [Fact]
    public async Task A_refusal_is_a_failure_with_Telegrams_words_and_a_retry_sends_it()
    {
        await using LoopRig rig = await StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Blocked, Count = 1 });
        rig.Host.Start();
        MessageId id = await rig.AcceptAsync(rig.Message());
        MessageRecord record = await rig.UntilAsync(id, MessageState.Failed);
        Assert.Equal((403, "blocked"), (record.ErrorCode, record.Attempts[^1].Outcome));
        Assert.False(string.IsNullOrEmpty(record.Error));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(id, MessageDecision.Retry));
        await rig.UntilAsync(id, MessageState.Sent);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task A_lost_answer_is_a_doubt_that_is_held_or_sent_again(bool resend, int sends)
    {
        await using LoopRig rig = await StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, Count = 1 });
        rig.Host.Start();
        MessageId id = await rig.AcceptAsync(rig.Message() with { OnUnknown = resend ? OnUnknown.Resend : OnUnknown.Hold });
        await rig.UntilAsync(id, resend ? MessageState.Sent : MessageState.Unknown);
        Assert.Equal(sends, rig.Sends.Count());
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_for_a_while_stops_nobody_for_good()
    {
        await using LoopRig rig = await StartAsync();
        var work = DispatchProxy.Create<IOutboxWork, FailingWork>();
        var failing = (FailingWork)work;
        failing.Store = rig.Store;
        OutboxHost host = rig.HostOver(work);
        host.Start();
        await rig.UntilAsync(await rig.AcceptAsync(rig.Message()), MessageState.Sent);
        foreach (string method in new[] { nameof(IOutboxWork.QueuesAsync), nameof(IOutboxWork.NextAsync), nameof(IOutboxWork.HeadAsync) })
        {
            int before = failing.Fail(method, 3);
            MessageId id = await rig.AcceptAsync(rig.Message(8));
            await rig.UntilAsync(id, MessageState.Sent);
            Assert.True(await Eventually.TrueAsync(() => failing.Failed >= before || method != nameof(IOutboxWork.QueuesAsync)));
            failing.Fail("", 0);
        }

        await host.StopAsync();
    }

    [Fact]
    public async Task A_server_error_is_overcome()
    {
        await using LoopRig rig = await StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, Count = 2, Status = 500 });
        rig.Host.Start();
        await rig.UntilAsync(await rig.AcceptAsync(rig.Message()), MessageState.Sent);
        Assert.Single(rig.Sends);
    }

    [Fact]
    public async Task A_message_goes_to_the_supergroup_that_its_group_became()
    {
        await using LoopRig rig = await StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Migrated, ChatId = -55, MigrateToChatId = -1000000000055 });
        rig.Host.Start();
        await rig.UntilAsync(await rig.AcceptAsync(rig.Message(-55)), MessageState.Sent);
        Assert.Equal(-1000000000055, Assert.Single(rig.Sends).ChatId);
    }

    [Fact]
    public async Task A_scheduled_message_is_sent_when_its_time_has_come_and_a_cancelled_one_never()
    {
        await using LoopRig rig = await StartAsync();
        rig.Host.Start();
        long soon = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 1_000;
        MessageId cancelled = await rig.AcceptAsync(rig.Message(5, "no") with { NotBeforeUnixMs = soon });
        MessageId sent = await rig.AcceptAsync(rig.Message(5, "yes") with { NotBeforeUnixMs = soon });
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(cancelled, MessageDecision.Cancel));
        await rig.UntilAsync(sent, MessageState.Sent);
        SendRecord record = Assert.Single(rig.Sends);
        Assert.Equal("yes", record.Text);
        Assert.True(record.AtUnixMs >= soon);
    }

    [Fact]
    public async Task Stop_ends_what_is_under_way_and_the_next_start_goes_on_with_the_rest()
    {
        await using LoopRig rig = await StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Latency, LatencyMs = 400 });
        List<MessageId> ids = [];
        for (int i = 0; i < 60; i++) ids.Add(await rig.AcceptAsync(rig.Message(i % 6 + 1, $"{i}")));
        rig.Host.Start();
        Assert.True(await Eventually.TrueAsync(() => rig.Sends.Any()));
        await rig.RestartAsync();
        IReadOnlyList<MessageRecord> open = (await rig.Store.ListAsync(new MessageQuery { States = [MessageState.Sending, MessageState.Unknown] })).Messages;
        Assert.Empty(open);
        Assert.Contains((await rig.Store.ListAsync(new MessageQuery())).Messages, record => record.State == MessageState.Queued);
        rig.Telegram.Faults.Clear();
        rig.Host.Start();
        foreach (MessageId id in ids) await rig.UntilAsync(id, MessageState.Sent);
        Assert.Equal(60, rig.Sends.Count());
        Assert.Equal(60, rig.Sends.Select(send => send.Text).Distinct().Count());
    }

    [Fact]
    public async Task Files_go_from_disk_and_are_gone_when_they_were_sent()
    {
        await using LoopRig rig = await StartAsync();
        byte[] bytes = new byte[70_000];
        new Random(7).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(rig.UploadDir, "one"), bytes);
        NewMessage message = rig.Message() with
        {
            Method = "sendDocument",
            Parameters = "{\"chat_id\":7,\"document\":\"attach://doc\",\"caption\":\"привет\"}"u8.ToArray(),
            Uploads = [new StoredUpload("doc", "отчёт.pdf", "application/pdf", "one", bytes.Length)],
        };
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, Count = 1, Status = 500 });
        MessageId id = await rig.AcceptAsync(message);
        rig.Host.Start();
        await rig.UntilAsync(id, MessageState.Sent);
        SendRecord send = Assert.Single(rig.Sends);
        Assert.Equal((70_000L, "привет"), (send.FileBytes, send.Text));
        Assert.True(await Eventually.TrueAsync(() => !File.Exists(Path.Combine(rig.UploadDir, "one"))));
        MessageId lost = await rig.AcceptAsync(message);
        Assert.Equal("an uploaded file is gone", (await rig.UntilAsync(lost, MessageState.Failed)).Error);
    }

    [Fact]
    public async Task A_broadcast_pauses_exactly_and_ends_with_everyone_served_once()
    {
        await using LoopRig rig = await StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Latency, LatencyMs = 100 });
        rig.Host.Start();
        MessageId broadcast = (await rig.Store.CreateBroadcastAsync(new NewBroadcast
        {
            Bot = rig.Bot,
            Name = "news",
            Method = "sendMessage",
            Parameters = "{\"text\":\"all\"}"u8.ToArray(),
        })).Id;
        ChatTarget[] chats = [.. Enumerable.Range(1, 3_000).Select(i => new ChatTarget(i, null))];
        Assert.Equal(AcceptOutcome.Accepted, await rig.Store.AddRecipientsAsync(broadcast, chats));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Start));
        Assert.True(await Eventually.TrueAsync(() => rig.Telegram.Sends.Count > 300));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Pause));
        Assert.True(await Eventually.TrueAsync(async () => (await CountsAsync())[(int)MessageState.Sending] == 0));
        long paused = (await CountsAsync())[(int)MessageState.Sent];
        Assert.Equal(rig.Telegram.Sends.Count, paused);
        Assert.InRange(paused, 301, 2_999);

        Assert.Equal(DecisionOutcome.Done, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Resume));
        Assert.True(await Eventually.TrueAsync(async () => (await rig.Store.FindBroadcastAsync(broadcast))?.State == BroadcastState.Done));
        Assert.Equal(3_000, (await CountsAsync())[(int)MessageState.Sent]);
        Assert.Equal(3_000, rig.Telegram.Sends.Count);
        Assert.Equal(3_000, rig.Sends.Select(send => send.ChatId).Distinct().Count());

        async Task<IReadOnlyList<long>> CountsAsync() => (await rig.Store.FindBroadcastAsync(broadcast))!.Counts;
    }
}

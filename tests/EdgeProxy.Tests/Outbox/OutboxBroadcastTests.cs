using EdgeProxy.Outbox;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Outbox;

public abstract class OutboxBroadcastTests
{
    internal abstract Task<OutboxRig> OpenAsync();

    [Fact]
    public async Task Counts_follow_every_step_and_the_last_one_ends_the_broadcast()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId broadcast = await StartAsync(rig, 5);
        List<MessageId> ids = await rig.ReadyAsync(broadcast.Value);
        Assert.Equal(5, ids.Count);
        await rig.SendAsync(ids[0], epoch);
        await rig.Store.MarkSendingAsync(ids[1], epoch);
        await rig.FinishAsync(ids[1], epoch, MessageState.Failed, HistoryKind.Blocked);
        await rig.Store.MarkSendingAsync(ids[2], epoch);
        Assert.Equal([2L, 1, 1, 1, 0, 0, 0, 0], await CountsAsync(rig, broadcast));
        await rig.FinishAsync(ids[2], epoch, MessageState.Unknown, HistoryKind.Unknown);
        await rig.FinishAsync(ids[3], epoch, MessageState.Suppressed, HistoryKind.Suppressed);
        Assert.Equal(BroadcastState.Running, await StateAsync(rig, broadcast));
        await rig.SendAsync(ids[4], epoch);
        Assert.Equal([0L, 0, 2, 1, 1, 0, 0, 1], await CountsAsync(rig, broadcast));
        Assert.Equal(BroadcastState.Done, await StateAsync(rig, broadcast));
        Assert.Empty(await rig.Store.QueuesAsync());

        // One more life of a failed one opens it again.
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(ids[1], MessageDecision.Retry));
        Assert.Equal([broadcast.Value], await rig.Store.QueuesAsync());
        await rig.SendAsync(ids[1], epoch);
        Assert.Equal(BroadcastState.Done, await StateAsync(rig, broadcast));
    }

    [Fact]
    public async Task A_cancelled_broadcast_does_not_wait_for_what_another_is_still_sending()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId first = await StartAsync(rig, 3);
        MessageId second = await StartAsync(rig, 3);
        List<MessageId> ids = await rig.ReadyAsync(first.Value);
        await rig.Store.MarkSendingAsync(ids[0], epoch);
        await rig.Store.CommandAsync(first, BroadcastCommand.Cancel);
        await rig.Store.CommandAsync(second, BroadcastCommand.Cancel);
        await rig.Store.SweepAsync(epoch);
        Assert.Equal([0L, 1, 0, 0, 0, 2, 0, 0], await CountsAsync(rig, first));
        Assert.Equal([0L, 0, 0, 0, 0, 3, 0, 0], await CountsAsync(rig, second));

        // It comes back after all.
        await rig.FinishAsync(ids[0], epoch, MessageState.Queued, HistoryKind.NotSent);
        await rig.Store.SweepAsync(epoch);
        Assert.Equal([0L, 0, 0, 0, 0, 3, 0, 0], await CountsAsync(rig, first));
    }

    [Fact]
    public async Task A_search_that_finds_nothing_gives_up_after_a_page_of_rows_and_says_where_to_go_on()
    {
        await using OutboxRig rig = await OpenAsync();
        MessageId broadcast = (await rig.Store.CreateBroadcastAsync(rig.Broadcast())).Id;
        for (int from = 0; from <= Limits.OutboxPageRows; from += 1_000)
        {
            ChatTarget[] chats = [.. Enumerable.Range(from + 1, 1_000).Select(chat => new ChatTarget(chat, null))];
            Assert.Equal(AcceptOutcome.Accepted, await rig.Store.AddRecipientsAsync(broadcast, chats));
        }

        var query = new MessageQuery { Chat = new ChatTarget(Limits.OutboxPageRows + 1, null) };
        MessagePage page = await rig.Store.ListAsync(query);
        Assert.Empty(page.Messages);
        Assert.NotEqual(default, page.Next);
        page = await rig.Store.ListAsync(query with { After = page.Next });
        Assert.Single(page.Messages);
        Assert.Equal(default, page.Next);
        Assert.Equal((1L, true), await rig.Store.DecideAllAsync(query, MessageDecision.Cancel, CancellationToken.None));
        Assert.Equal((0L, false), await rig.Store.DecideAllAsync(query, MessageDecision.Cancel, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_pause_lets_nothing_begin_and_going_on_begins_with_what_is_left()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId broadcast = await StartAsync(rig, 10);
        List<MessageId> ids = await rig.ReadyAsync(broadcast.Value);
        for (int i = 0; i < 4; i++) await rig.SendAsync(ids[i], epoch);
        Assert.Equal(SendPermit.Granted, await rig.Store.MarkSendingAsync(ids[4], epoch));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Pause));
        Assert.Equal(SendPermit.Withdrawn, await rig.Store.MarkSendingAsync(ids[5], epoch));
        Assert.Equal(FinishOutcome.Done, await rig.FinishAsync(ids[4], epoch, MessageState.Sent, HistoryKind.Sent));
        Assert.Empty(await rig.ReadyAsync(broadcast.Value));
        Assert.Empty(await rig.Store.QueuesAsync());
        await rig.ReopenAsync();
        epoch = await rig.BeginAsync();
        Assert.Equal(DecisionOutcome.WrongState, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Pause));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Resume));
        Assert.Equal(ids.Skip(5), await rig.ReadyAsync(broadcast.Value));
        foreach (MessageId id in ids.Skip(5)) await rig.SendAsync(id, epoch);
        Assert.Equal([0L, 0, 10, 0, 0, 0, 0, 0], await CountsAsync(rig, broadcast));
        Assert.Equal(BroadcastState.Done, await StateAsync(rig, broadcast));
    }

    [Fact]
    public async Task A_cancelled_one_is_cleared_in_batches_what_was_being_sent_included()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId broadcast = await StartAsync(rig, 1_200);
        MessageId flying = (await rig.ReadyAsync(broadcast.Value))[0];
        await rig.Store.MarkSendingAsync(flying, epoch);
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Cancel));
        Assert.Empty(await rig.ReadyAsync(broadcast.Value));
        await SweepAllAsync(rig, epoch);
        Assert.Equal([0L, 1, 0, 0, 0, 1_199, 0, 0], await CountsAsync(rig, broadcast));
        await rig.FinishAsync(flying, epoch, MessageState.Queued, HistoryKind.ServerError);
        await SweepAllAsync(rig, epoch);
        await SweepAllAsync(rig, epoch);
        Assert.Equal([0L, 0, 0, 0, 0, 1_200, 0, 0], await CountsAsync(rig, broadcast));
        Assert.Equal(DecisionOutcome.WrongState, await rig.Store.DecideAsync(flying, MessageDecision.Retry));
        Assert.Equal(DecisionOutcome.WrongState, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Resume));
    }

    [Fact]
    public async Task It_waits_for_its_start_and_for_its_time()
    {
        await using OutboxRig rig = await OpenAsync();
        NewBroadcast later = rig.Broadcast() with { NotBeforeUnixMs = rig.Time.UnixMs + 1_000, ExpiresAtUnixMs = rig.Time.UnixMs + 5_000 };
        MessageId broadcast = (await rig.Store.CreateBroadcastAsync(later)).Id;
        await rig.Store.AddRecipientsAsync(broadcast, [new ChatTarget(1, null)]);
        Assert.Empty(await rig.ReadyAsync(broadcast.Value));
        await rig.Store.CommandAsync(broadcast, BroadcastCommand.Start);
        Assert.Equal(AcceptOutcome.Conflict, await rig.Store.AddRecipientsAsync(broadcast, [new ChatTarget(2, null)]));
        Assert.Empty(await rig.Store.QueuesAsync());
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([broadcast.Value], await rig.Store.QueuesAsync());
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        await SweepAllAsync(rig, await rig.BeginAsync());
        Assert.Equal([0L, 0, 0, 0, 0, 0, 1, 0], await CountsAsync(rig, broadcast));
        Assert.Equal(BroadcastState.Done, await StateAsync(rig, broadcast));
    }

    [Fact]
    public async Task One_without_recipients_is_done_at_its_start()
    {
        await using OutboxRig rig = await OpenAsync();
        MessageId broadcast = await StartAsync(rig, 0);
        Assert.Equal(BroadcastState.Done, await StateAsync(rig, broadcast));
        Assert.Equal(DecisionOutcome.NotFound, await rig.Store.CommandAsync(new MessageId(3), BroadcastCommand.Start));
    }

    [Fact]
    public async Task Each_recipient_is_told_of_by_a_call_back_and_counted_once()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        NewBroadcast told = rig.Broadcast() with { CallbackUrl = new Uri("http://127.0.0.1:1/b") };
        MessageId broadcast = (await rig.Store.CreateBroadcastAsync(told)).Id;
        await rig.Store.AddRecipientsAsync(broadcast, [new ChatTarget(1, null), new ChatTarget(2, null)]);
        await rig.Store.CommandAsync(broadcast, BroadcastCommand.Start);
        foreach (MessageId id in await rig.ReadyAsync(broadcast.Value)) await rig.SendAsync(id, epoch);
        IReadOnlyList<CallbackRecord> due = await rig.Store.DueCallbacksAsync(10);
        Assert.Equal([1L, 2L], due.Select(one => one.Message.Chat.Id));
        Assert.All(due, one => Assert.Equal(("http://127.0.0.1:1/b", broadcast), (one.Url.AbsoluteUri, one.Message.BroadcastId)));
    }

    [Fact]
    public async Task They_are_listed_newest_first_for_the_bots_one_may_see()
    {
        await using OutboxRig rig = await OpenAsync();
        MessageId first = (await rig.Store.CreateBroadcastAsync(rig.Broadcast("one"))).Id;
        MessageId second = (await rig.Store.CreateBroadcastAsync(rig.Broadcast("two"))).Id;
        Assert.Equal([second, first], (await rig.Store.ListBroadcastsAsync([], 10)).Select(one => one.Id));
        Assert.Equal([second], (await rig.Store.ListBroadcastsAsync([rig.Bot.Id], 1)).Select(one => one.Id));
        Assert.Empty(await rig.Store.ListBroadcastsAsync([1], 10));
    }

    private static async Task<MessageId> StartAsync(OutboxRig rig, int recipients)
    {
        MessageId broadcast = (await rig.Store.CreateBroadcastAsync(rig.Broadcast())).Id;
        ChatTarget[] chats = [.. Enumerable.Range(0, recipients).Select(i => new ChatTarget(1_000_000 - i, null))];
        foreach (ChatTarget[] batch in chats.Chunk(500)) Assert.Equal(AcceptOutcome.Accepted, await rig.Store.AddRecipientsAsync(broadcast, batch));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CommandAsync(broadcast, BroadcastCommand.Start));
        return broadcast;
    }

    private static async Task SweepAllAsync(OutboxRig rig, long epoch)
    {
        while ((await rig.Store.SweepAsync(epoch)).More)
        {
        }
    }

    private static async Task<IReadOnlyList<long>> CountsAsync(OutboxRig rig, MessageId broadcast) =>
        (await rig.Store.FindBroadcastAsync(broadcast))?.Counts ?? [];

    private static async Task<BroadcastState?> StateAsync(OutboxRig rig, MessageId broadcast) => (await rig.Store.FindBroadcastAsync(broadcast))?.State;
}

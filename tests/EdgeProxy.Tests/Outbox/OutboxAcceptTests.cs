using System.Text;
using EdgeProxy.Outbox;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Outbox;

public abstract class OutboxAcceptTests
{
    internal abstract Task<OutboxRig> OpenAsync();

    [Fact]
    public async Task An_accepted_message_comes_back_as_it_went_in_also_after_a_restart()
    {
        await using OutboxRig rig = await OpenAsync();
        NewMessage message = rig.Message(-100123, "привет", "key") with
        {
            NotBeforeUnixMs = 5,
            ExpiresAtUnixMs = rig.Time.UnixMs + 60_000,
            OnUnknown = OnUnknown.Resend,
            Priority = EdgeProxy.Lanes.LanePriority.Bulk,
        };
        MessageId id = await rig.AcceptAsync(message);
        await rig.ReopenAsync();

        MessageRecord record = await rig.FindAsync(id);
        Assert.Equal(message.Parameters.ToArray(), record.Parameters.ToArray());
        Assert.Equal((message.Chat, "sendMessage", MessageState.Queued, "key"), (record.Chat, record.Method, record.State, record.IdempotencyKey));
        Assert.Equal((5L, message.ExpiresAtUnixMs, OnUnknown.Resend), (record.NotBeforeUnixMs, record.ExpiresAtUnixMs, record.OnUnknown));
        Assert.Equal((rig.Bot.Id, message.Priority, rig.Time.UnixMs), (record.BotId, record.Priority, record.CreatedUnixMs));
        Assert.Equal("accepted", Assert.Single(record.Attempts).Outcome);
    }

    [Fact]
    public async Task A_name_is_kept_as_a_name()
    {
        await using OutboxRig rig = await OpenAsync();
        MessageId id = await rig.AcceptAsync(rig.Message() with { Chat = new ChatTarget(0, "@channel") });
        Assert.Equal(new ChatTarget(0, "@channel"), (await rig.FindAsync(id)).Chat);
    }

    [Fact]
    public async Task The_same_key_with_the_same_body_is_the_same_message_and_with_another_a_conflict()
    {
        await using OutboxRig rig = await OpenAsync();
        MessageId id = await rig.AcceptAsync(rig.Message(key: "k"));
        Assert.Equal(new Acceptance(AcceptOutcome.Repeated, id, MessageState.Queued), await rig.Store.AcceptAsync(rig.Message(key: "k")));
        Assert.Equal(new Acceptance(AcceptOutcome.Conflict, id, MessageState.Queued), await rig.Store.AcceptAsync(rig.Message(text: "other", key: "k")));
        await rig.ReopenAsync();
        Assert.Equal(AcceptOutcome.Repeated, (await rig.Store.AcceptAsync(rig.Message(key: "k"))).Outcome);
        Assert.Equal(AcceptOutcome.Conflict, (await rig.Store.CreateBroadcastAsync(rig.Broadcast() with { IdempotencyKey = "k" })).Outcome);
    }

    [Fact]
    public async Task Of_a_hundred_at_once_with_one_key_one_is_accepted()
    {
        await using OutboxRig rig = await OpenAsync();
        Acceptance[] all = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => rig.Store.AcceptAsync(rig.Message(key: "k"))));
        Assert.Single(all, one => one.Outcome == AcceptOutcome.Accepted);
        Assert.Single(all.Select(one => one.Id).Distinct());
    }

    [Fact]
    public async Task Lists_page_by_id_and_filter()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        List<MessageId> ids = [];
        for (int i = 0; i < 25; i++) ids.Add(await rig.AcceptAsync(rig.Message(i % 5 + 1)));
        foreach (MessageId id in ids.Take(10)) await rig.SendAsync(id, epoch);
        foreach (MessageId id in ids.Skip(10).Take(3)) await rig.Store.DecideAsync(id, MessageDecision.Cancel);
        await rig.Store.MarkSendingAsync(ids[13], epoch);

        Assert.Equal(ids.Take(10), (await List(new MessageQuery { States = [MessageState.Sent] })));
        Assert.Equal(ids.Skip(10).Take(4), await List(new MessageQuery { States = [MessageState.Cancelled, MessageState.Sending] }));
        Assert.Equal(ids.Where((_, i) => i % 5 == 2), await List(new MessageQuery { Chat = new ChatTarget(3, null) }));
        Assert.Equal(ids.Skip(7).Take(4), await List(new MessageQuery { After = ids[6], Limit = 4 }));
        Assert.Empty(await List(new MessageQuery { BotIds = [1] }));
        Assert.Empty(await List(new MessageQuery { SinceUnixMs = rig.Time.UnixMs + 1 }));
        Assert.Equal(25, (await List(new MessageQuery { SinceUnixMs = rig.Time.UnixMs })).Count);

        async Task<List<MessageId>> List(MessageQuery query) => (await rig.Store.ListAsync(query)).Messages.Select(record => record.Id).ToList();
    }

    [Fact]
    public async Task A_recipient_is_a_message_with_its_chat_written_in()
    {
        await using OutboxRig rig = await OpenAsync();
        MessageId broadcast = (await rig.Store.CreateBroadcastAsync(rig.Broadcast())).Id;
        ChatTarget[] chats = [new(5, null), new(-1001, null), new(5, null), new(0, "@a"), new(0, "@a")];
        Assert.Equal(AcceptOutcome.Accepted, await rig.Store.AddRecipientsAsync(broadcast, chats));
        Assert.Equal(AcceptOutcome.Accepted, await rig.Store.AddRecipientsAsync(broadcast, chats));
        BroadcastRecord? record = await rig.Store.FindBroadcastAsync(broadcast);
        Assert.Equal(3, record?.Recipients);
        IReadOnlyList<MessageRecord> messages = (await rig.Store.ListAsync(new MessageQuery { BroadcastId = broadcast })).Messages;
        Assert.Equal([chats[0], chats[1], chats[3]], messages.Select(message => message.Chat));
        MessageRecord one = await rig.FindAsync(messages[2].Id);
        Assert.Equal("{\"chat_id\":\"@a\",\"text\":\"all\"}", Encoding.UTF8.GetString(one.Parameters.Span));
        Assert.Equal(("sendMessage", "sendMessage"), (one.Method, messages[0].Method));
    }
}

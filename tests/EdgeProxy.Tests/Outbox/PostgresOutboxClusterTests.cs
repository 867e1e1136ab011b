using EdgeProxy.Outbox;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Postgres;

namespace EdgeProxy.Tests.Outbox;

/// <summary>Several processes on one database.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresOutboxClusterTests(PostgresServer server)
{
    [Fact]
    public async Task Of_two_processes_with_one_key_at_one_moment_one_accepts()
    {
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 1);
        ClusterProcess[] both = [await rig.AddAsync(), await rig.AddAsync()];
        for (int i = 0; i < 100; i++)
        {
            string key = $"k{i}";
            Acceptance[] said = await Task.WhenAll(both.Select(one => one.Store.AcceptAsync(rig.Message(0, 7, "same", key))));
            Assert.Single(said, one => one.Outcome == AcceptOutcome.Accepted);
            Assert.Single(said, one => one.Outcome == AcceptOutcome.Repeated);
            Assert.Equal(said[0].Id, said[1].Id);
            said = await Task.WhenAll(both.Select((one, index) => one.Store.AcceptAsync(rig.Message(0, 7, $"{index}", "other" + key))));
            Assert.Single(said, one => one.Outcome == AcceptOutcome.Accepted);
            Assert.Single(said, one => one.Outcome == AcceptOutcome.Conflict);
        }

        Assert.Equal(200, (await both[0].Store.ListAsync(new MessageQuery { Limit = 1_000 })).Messages.Count);
    }

    [Fact]
    public async Task What_is_posted_to_one_after_another_answered_comes_after_it()
    {
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 1);
        ClusterProcess[] all = [await rig.AddAsync(), await rig.AddAsync(), await rig.AddAsync()];
        long last = 0;
        for (int i = 0; i < 200; i++)
        {
            Acceptance said = await all[i % 3].Store.AcceptAsync(rig.Message(0, 7, $"{i}"));
            Assert.True(said.Id.Value > last, $"{i}: {said.Id} is not above {new MessageId(last)}");
            last = said.Id.Value;
        }
    }

    [Fact]
    public async Task Bots_are_shared_evenly_and_go_on_with_whoever_stays()
    {
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 5, leaseMs: 3_000);
        ClusterProcess first = await rig.AddAsync();
        first.Host.Start();
        Assert.True(await Eventually.TrueAsync(() => first.Owned(rig.Bots) == 5));
        ClusterProcess second = await rig.AddAsync();
        second.Host.Start();
        Assert.True(await Eventually.TrueAsync(() => (first.Owned(rig.Bots), second.Owned(rig.Bots)) is (3, 2) or (2, 3)));
        await first.DisposeAsync();
        Assert.True(await Eventually.TrueAsync(() => second.Owned(rig.Bots) == 5));
    }

    [Fact]
    public async Task While_processes_come_and_go_nothing_is_lost_nothing_goes_twice_and_chats_keep_their_order()
    {
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 4, leaseMs: 3_000);
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Latency, LatencyMs = 10 });
        ClusterProcess accepting = await rig.AddAsync();
        List<MessageId> ids = [];
        var portionOf = new Dictionary<int, int>();
        async Task PostAsync(int from, int count)
        {
            for (int i = from; i < from + count; i++) portionOf[i] = from;
            Acceptance[] said = await Task.WhenAll(Enumerable.Range(from, count).Select(async i =>
                await rig.Processes[i % rig.Processes.Count].Store.AcceptAsync(rig.Message(i % 4, (i % 40) + 1, $"{i}"))));
            Assert.All(said, one => Assert.Equal(AcceptOutcome.Accepted, one.Outcome));
            ids.AddRange(said.Select(one => one.Id));
        }

        accepting.Host.Start();
        await PostAsync(0, 800);
        ClusterProcess second = await rig.AddAsync();
        second.Host.Start();
        await PostAsync(800, 800);
        Assert.True(await Eventually.TrueAsync(() => second.Owned(rig.Bots) == 2));
        await PostAsync(1_600, 400);
        await accepting.DisposeAsync();
        rig.Processes.Remove(accepting);
        await PostAsync(2_000, 400);
        Assert.True(await Eventually.TrueAsync(() => rig.Telegram.Sends.Count >= ids.Count));
        Assert.True(await Eventually.TrueAsync(async () => (await second.Store.ListAsync(Open)).Messages.Count == 0));
        Assert.Equal(ids.Count, rig.Telegram.Sends.Count);
        Assert.Equal(ids.Count, rig.Sends.Select(send => send.Text).Distinct().Count());

        // What was posted together has no order; what was posted after an answer has.
        foreach (var chat in rig.Telegram.Sends.Snapshot().GroupBy(send => (send.BotId, send.ChatId)))
        {
            int[] portions = [.. chat.OrderBy(send => send.Number).Select(send => portionOf[int.Parse(send.Text)])];
            Assert.Equal(portions.Order(), portions);
        }

        IReadOnlyList<MessageRecord> sent = (await second.Store.ListAsync(new MessageQuery { States = [MessageState.Sent], Limit = 1_000 })).Messages;
        Assert.Equal(1_000, sent.Count);
    }

    [Fact]
    public async Task An_owner_that_was_replaced_can_neither_mark_nor_finish()
    {
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 1);
        PostgresOutbox zombie = (await rig.AddAsync()).Store;
        PostgresOutbox heir = (await rig.AddAsync()).Store;
        long bot = rig.Bots.All[0].Id;
        await zombie.BeginAsync();
        long old = zombie.EpochOf(bot);
        MessageId held = (await zombie.AcceptAsync(rig.Message(0, 1, "held"))).Id;
        MessageId resent = (await zombie.AcceptAsync(rig.Message(0, 2, "resent") with { OnUnknown = OnUnknown.Resend })).Id;
        MessageId queued = (await zombie.AcceptAsync(rig.Message(0, 3, "queued"))).Id;
        Assert.Equal(SendPermit.Granted, await zombie.MarkSendingAsync(held, old));
        Assert.Equal(SendPermit.Granted, await zombie.MarkSendingAsync(resent, old));

        // As somebody does who finds its lease over.
        await PostgresServer.ExecuteAsync(rig.Where, "DELETE FROM outbox_member WHERE sends RETURNING 1");
        Assert.NotEqual(0, await heir.BeginAsync());
        long epoch = heir.EpochOf(bot);
        Assert.Equal(old + 1, epoch);
        Assert.Equal(SendPermit.Fenced, await zombie.MarkSendingAsync(queued, old));
        Assert.Equal(SendPermit.Fenced, await zombie.MarkSendingAsync(resent, old, again: true));
        Assert.Equal(FinishOutcome.Refused, await zombie.FinishAsync(Sent(held), old));
        Assert.Equal(MessageState.Unknown, (await heir.FindAsync(held))?.State);
        Assert.Equal(SendPermit.Granted, await heir.MarkSendingAsync(resent, epoch));
        Assert.Equal(FinishOutcome.Refused, await zombie.FinishAsync(Sent(resent), old));
        Assert.Equal(FinishOutcome.Done, await heir.FinishAsync(Sent(resent), epoch));
        Assert.Equal(MessageState.Queued, (await heir.FindAsync(queued))?.State);
        Assert.False(zombie.Lose(bot, old));
        Assert.Equal((0L, false), (zombie.EpochOf(bot), zombie.MayLeave(bot, old)));
    }

    [Fact]
    public async Task A_notification_wakes_the_owner()
    {
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 1);
        ClusterProcess owner = await rig.AddAsync();
        ClusterProcess other = await rig.AddAsync();
        Assert.NotEqual(0, await owner.Store.BeginAsync());
        var named = new System.Collections.Concurrent.ConcurrentQueue<OutboxHint>();
        owner.Store.Changed += (hints, _) =>
        {
            foreach (OutboxHint hint in hints) named.Enqueue(hint);
        };
        var wanted = new OutboxHint(OutboxNumbers.QueueOf(rig.Bots.All[0].Id, EdgeProxy.Lanes.LanePriority.Normal), 9);
        Assert.True(await Eventually.TrueAsync(async () =>
        {
            await other.Store.AcceptAsync(rig.Message(0, 9, "hi"));
            return named.Contains(wanted);
        }));
    }

    [Fact]
    public async Task A_broadcast_is_paused_from_another_process_exactly_and_its_counts_add_up()
    {
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 2, leaseMs: 3_000);
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Latency, LatencyMs = 20 });
        ClusterProcess first = await rig.AddAsync();
        ClusterProcess second = await rig.AddAsync();
        first.Host.Start();
        second.Host.Start();
        Assert.True(await Eventually.TrueAsync(() => (first.Owned(rig.Bots), second.Owned(rig.Bots)) == (1, 1)));
        int bot = first.Store.EpochOf(rig.Bots.All[0].Id) != 0 ? 0 : 1;
        PostgresOutbox far = second.Store;
        MessageId broadcast = (await far.CreateBroadcastAsync(new NewBroadcast
        {
            Bot = rig.Bots.All[bot],
            Name = "news",
            Method = "sendMessage",
            Parameters = "{\"text\":\"all\"}"u8.ToArray(),
        })).Id;
        ChatTarget[] chats = [.. Enumerable.Range(1, 1_000).Select(i => new ChatTarget(i, null))];
        AcceptOutcome[] added = await Task.WhenAll(far.AddRecipientsAsync(broadcast, chats), first.Store.AddRecipientsAsync(broadcast, chats));
        Assert.All(added, one => Assert.Equal(AcceptOutcome.Accepted, one));
        Assert.Equal(DecisionOutcome.Done, await far.CommandAsync(broadcast, BroadcastCommand.Start));
        Assert.True(await Eventually.TrueAsync(() => rig.Telegram.Sends.Count > 100));
        Assert.Equal(DecisionOutcome.Done, await far.CommandAsync(broadcast, BroadcastCommand.Pause));
        Assert.True(await Eventually.TrueAsync(async () => (await CountsAsync())[(int)MessageState.Sending] == 0));
        IReadOnlyList<long> paused = await CountsAsync();
        Assert.Equal(rig.Telegram.Sends.Count, paused[(int)MessageState.Sent]);
        Assert.Equal(1_000, paused.Sum());
        Assert.Equal(DecisionOutcome.Done, await far.CommandAsync(broadcast, BroadcastCommand.Resume));
        Assert.True(await Eventually.TrueAsync(async () => (await far.FindBroadcastAsync(broadcast))?.State == BroadcastState.Done));
        Assert.Equal(1_000, (await CountsAsync())[(int)MessageState.Sent]);
        Assert.Equal(1_000, rig.Sends.Select(send => send.ChatId).Distinct().Count());
        Assert.Equal(1_000, rig.Telegram.Sends.Count);

        async Task<IReadOnlyList<long>> CountsAsync() => (await far.FindBroadcastAsync(broadcast))!.Counts;
    }

    [Fact]
    public async Task A_call_back_is_handed_to_one_process_at_a_time()
    {
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 1);
        PostgresOutbox first = (await rig.AddAsync()).Store;
        PostgresOutbox second = (await rig.AddAsync()).Store;
        await first.BeginAsync();
        long epoch = first.EpochOf(rig.Bots.All[0].Id);
        for (int i = 0; i < 20; i++)
        {
            MessageId id = (await first.AcceptAsync(rig.Message(0, i + 1, "x") with { CallbackUrl = new Uri("http://127.0.0.1:1/") })).Id;
            await first.MarkSendingAsync(id, epoch);
            await first.FinishAsync(Sent(id), epoch);
        }

        IReadOnlyList<CallbackRecord>[] due = await Task.WhenAll(first.DueCallbacksAsync(12), second.DueCallbacksAsync(12));
        Assert.Empty(due[0].Select(one => one.Number).Intersect(due[1].Select(one => one.Number)));
        // Whoever has them is asked about them again.
        Assert.Superset(due[0].Select(one => one.Number).ToHashSet(), (await first.DueCallbacksAsync(20)).Select(one => one.Number).ToHashSet());
        CallbackRecord one = due[0].Concat(due[1]).First();
        Assert.Equal(DecisionOutcome.Done, await second.CallbackFailedAsync(one.Number, 0, false, "503"));
        Assert.Contains(one.Number, (await second.DueCallbacksAsync(50)).Concat(await first.DueCallbacksAsync(50)).Select(again => again.Number));
    }

    private static readonly MessageQuery Open = new() { States = [MessageState.Sending, MessageState.Unknown] };

    private static SendEnd Sent(MessageId id) => new(id, new MessageChange(MessageState.Sent, HistoryKind.Sent) { TelegramMessageId = 5 }, 0);
}

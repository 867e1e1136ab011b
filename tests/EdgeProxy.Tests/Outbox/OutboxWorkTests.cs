using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Outbox;

/// <summary>The engine's side of the store: ownership, order, schedules, expiry, recovery, retention.</summary>
public abstract class OutboxWorkTests
{
    internal abstract Task<OutboxRig> OpenAsync();

    [Fact]
    public async Task A_message_that_is_sent_at_once_has_a_whole_history_without_a_row_for_it()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId id = await rig.AcceptAsync();
        await rig.SendAsync(id, epoch);
        MessageRecord record = await rig.FindAsync(id);
        Assert.Equal((MessageState.Sent, 99L), (record.State, record.TelegramMessageId));
        Assert.Equal(["accepted", "sent"], record.Attempts.Select(attempt => attempt.Outcome));
        Assert.Equal(0, await rig.AttemptRowsAsync());
    }

    [Fact]
    public async Task Every_attempt_and_decision_stands_in_the_history_in_order()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId id = await rig.AcceptAsync();
        await rig.Store.MarkSendingAsync(id, epoch);
        await rig.FinishAsync(id, epoch, MessageState.Queued, HistoryKind.ServerError);
        await rig.Store.MarkSendingAsync(id, epoch);
        await rig.FinishAsync(id, epoch, MessageState.Failed, HistoryKind.Rejected);
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(id, MessageDecision.Retry));
        await rig.Store.MarkSendingAsync(id, epoch);
        await rig.FinishAsync(id, epoch, MessageState.Unknown, HistoryKind.Unknown);
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(id, MessageDecision.ResolveSent));
        MessageRecord record = await rig.FindAsync(id);
        Assert.Equal(
            ["accepted", "server_error", "rejected", "retried", "unknown", "resolved"], record.Attempts.Select(attempt => attempt.Outcome));
        Assert.Equal(
            [MessageState.Queued, MessageState.Queued, MessageState.Failed, MessageState.Queued, MessageState.Unknown, MessageState.Sent],
            record.Attempts.Select(attempt => attempt.State));
    }

    [Fact]
    public async Task Decisions_are_taken_only_where_they_make_sense()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId id = await rig.AcceptAsync();
        Assert.Equal(DecisionOutcome.NotFound, await rig.Store.DecideAsync(new MessageId(1), MessageDecision.Cancel));
        foreach (MessageDecision wrong in Enum.GetValues<MessageDecision>().Where(one => one != MessageDecision.Cancel))
        {
            Assert.Equal(DecisionOutcome.WrongState, await rig.Store.DecideAsync(id, wrong));
        }

        await rig.Store.MarkSendingAsync(id, epoch);
        foreach (MessageDecision wrong in Enum.GetValues<MessageDecision>())
        {
            Assert.Equal(DecisionOutcome.WrongState, await rig.Store.DecideAsync(id, wrong));
        }

        await rig.FinishAsync(id, epoch, MessageState.Unknown, HistoryKind.Unknown);
        Assert.Equal(DecisionOutcome.WrongState, await rig.Store.DecideAsync(id, MessageDecision.Retry));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(id, MessageDecision.ResolveResend));
        Assert.Equal([id], await rig.ReadyAsync(rig.Queue()));
    }

    [Fact]
    public async Task One_chat_with_many_messages_does_not_hold_up_the_others_and_keeps_its_own_order()
    {
        await using OutboxRig rig = await OpenAsync();
        List<MessageId> flood = [];
        for (int i = 0; i < 300; i++) flood.Add(await rig.AcceptAsync(rig.Message(chat: 5)));
        List<MessageId> others = [];
        foreach (long chat in new long[] { 9, -100, 6, 1 }) others.Add(await rig.AcceptAsync(rig.Message(chat)));

        // One of each chat, the flood's first among them.
        Assert.Equal([others[1], others[3], flood[0], others[2], others[0]], await rig.ReadyAsync(rig.Queue()));
        Assert.Equal([others[1], others[3], others[2], others[0]], await rig.ReadyAsync(rig.Queue(), 5));
        long epoch = await rig.BeginAsync();
        await rig.SendAsync(flood[0], epoch);
        Assert.Equal(flood[1], (await rig.Store.HeadAsync(rig.Queue(), 5))?.Id);
    }

    [Fact]
    public async Task Priorities_are_queues_of_their_own()
    {
        await using OutboxRig rig = await OpenAsync();
        MessageId bulk = await rig.AcceptAsync(rig.Message() with { Priority = LanePriority.Bulk });
        MessageId urgent = await rig.AcceptAsync(rig.Message() with { Priority = LanePriority.Interactive });
        Assert.Equal([rig.Queue(LanePriority.Interactive), rig.Queue(LanePriority.Bulk)], await rig.Store.QueuesAsync());
        Assert.Equal([bulk], await rig.ReadyAsync(rig.Queue(LanePriority.Bulk)));
        Assert.Equal([urgent], await rig.ReadyAsync(rig.Queue(LanePriority.Interactive)));
    }

    [Fact]
    public async Task A_scheduled_message_waits_without_holding_up_later_ones_of_its_chat()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId later = await rig.AcceptAsync(rig.Message() with { NotBeforeUnixMs = rig.Time.UnixMs + 5_000 });
        MessageId now = await rig.AcceptAsync();
        Assert.Equal([now], await rig.ReadyAsync(rig.Queue()));
        await rig.SendAsync(now, epoch);
        await rig.Store.SweepAsync(epoch);
        Assert.Empty(await rig.ReadyAsync(rig.Queue()));
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        await rig.Store.SweepAsync(epoch);
        Assert.Equal([later], await rig.ReadyAsync(rig.Queue()));
    }

    [Fact]
    public async Task What_expired_is_not_sent()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId swept = await rig.AcceptAsync(rig.Message() with { ExpiresAtUnixMs = rig.Time.UnixMs + 1_000 });
        MessageId scheduled = await rig.AcceptAsync(
            rig.Message() with { ExpiresAtUnixMs = rig.Time.UnixMs + 1_000, NotBeforeUnixMs = rig.Time.UnixMs + 1_000 });
        MessageId inLane = await rig.AcceptAsync(rig.Message() with { ExpiresAtUnixMs = rig.Time.UnixMs + 1_000 });
        MessageId between = await rig.AcceptAsync(rig.Message() with { ExpiresAtUnixMs = rig.Time.UnixMs + 1_000 });
        Assert.Equal(SendPermit.Granted, await rig.Store.MarkSendingAsync(between, epoch));
        Assert.Equal(SendPermit.Granted, await rig.Store.MarkSendingAsync(between, epoch));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(SendPermit.Withdrawn, await rig.Store.MarkSendingAsync(inLane, epoch));
        Assert.Equal(SendPermit.Withdrawn, await rig.Store.MarkSendingAsync(between, epoch));
        await rig.Store.SweepAsync(epoch);
        foreach (MessageId id in new[] { swept, scheduled, inLane, between }) Assert.Equal(MessageState.Expired, await rig.StateOf(id));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(swept, MessageDecision.Retry));
        Assert.Equal(0, (await rig.FindAsync(swept)).ExpiresAtUnixMs);
        Assert.Equal([swept], await rig.ReadyAsync(rig.Queue()));
    }

    [Fact]
    public async Task A_chat_that_rests_keeps_all_its_messages_back_and_their_order()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId first = await rig.AcceptAsync();
        MessageId second = await rig.AcceptAsync();
        await rig.Store.MarkSendingAsync(first, epoch);
        await rig.FinishAsync(first, epoch, MessageState.Queued, HistoryKind.RetryAfter, rig.Time.UnixMs + 3_000);
        Assert.Empty(await rig.ReadyAsync(rig.Queue()));
        Assert.False((await rig.Store.SweepAsync(epoch)).RestEnded);
        await rig.ReopenAsync();
        Assert.Empty(await rig.ReadyAsync(rig.Queue()));
        epoch = await rig.BeginAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.True((await rig.Store.SweepAsync(epoch)).RestEnded);
        Assert.Equal([first], await rig.ReadyAsync(rig.Queue()));
        await rig.SendAsync(first, epoch);
        Assert.Equal([second], await rig.ReadyAsync(rig.Queue()));
    }

    [Fact]
    public async Task A_crash_while_sending_becomes_unknown_or_is_sent_again_where_that_was_allowed()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId hold = await rig.AcceptAsync();
        MessageId resend = await rig.AcceptAsync(rig.Message() with { OnUnknown = OnUnknown.Resend });
        MessageId queued = await rig.AcceptAsync();
        await rig.Store.MarkSendingAsync(hold, epoch);
        await rig.Store.MarkSendingAsync(resend, epoch);
        await rig.ReopenAsync();
        Assert.Equal(MessageState.Sending, await rig.StateOf(hold));
        Assert.Equal(epoch + 1, await rig.BeginAsync());
        Assert.Equal((MessageState.Unknown, MessageState.Queued), (await rig.StateOf(hold), await rig.StateOf(resend)));
        Assert.Equal(MessageState.Queued, await rig.StateOf(queued));
        Assert.Equal("recovered", (await rig.FindAsync(hold)).Attempts[^1].Outcome);
        Assert.Equal(1, (await rig.TallyAsync())[(int)MessageState.Unknown]);
    }

    [Fact]
    public async Task A_cancelled_message_is_not_sent_even_from_its_lane()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId id = await rig.AcceptAsync();
        Assert.Equal([id], await rig.ReadyAsync(rig.Queue()));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(id, MessageDecision.Cancel));
        Assert.Equal(SendPermit.Withdrawn, await rig.Store.MarkSendingAsync(id, epoch));
        Assert.Equal(FinishOutcome.Refused, await rig.FinishAsync(id, epoch, MessageState.Sent, HistoryKind.Sent));
        Assert.Equal(MessageState.Cancelled, await rig.StateOf(id));
    }

    [Fact]
    public async Task A_final_state_brings_its_call_back_and_retries_and_the_dead_letter_are_kept()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        MessageId id = await rig.AcceptAsync(rig.Message() with { CallbackUrl = new Uri("http://127.0.0.1:1/hook?a=1") });
        Assert.Empty(await rig.Store.DueCallbacksAsync(10));
        await rig.SendAsync(id, epoch);
        await rig.ReopenAsync();
        CallbackRecord due = Assert.Single(await rig.Store.DueCallbacksAsync(10));
        Assert.Equal((id, MessageState.Sent, 99L, "http://127.0.0.1:1/hook?a=1"),
            (due.Message.Id, due.Message.State, due.Message.TelegramMessageId, due.Url.AbsoluteUri));
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CallbackFailedAsync(due.Number, rig.Time.UnixMs + 1_000, false, "500"));
        Assert.Empty(await rig.Store.DueCallbacksAsync(10));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, Assert.Single(await rig.Store.DueCallbacksAsync(10)).Failures);
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CallbackFailedAsync(due.Number, 0, true, "gone"));
        Assert.Empty(await rig.Store.DueCallbacksAsync(10));
        Assert.Equal(2, Assert.Single(await rig.Store.DeadCallbacksAsync([], 10)).Failures);
        Assert.Equal(DecisionOutcome.Done, await rig.Store.CallbackDoneAsync(due.Number));
        Assert.Equal(DecisionOutcome.NotFound, await rig.Store.CallbackDoneAsync(due.Number));
    }

    [Fact]
    public async Task Retention_takes_what_is_final_and_old_with_all_that_hangs_on_it()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        File.WriteAllText(Path.Combine(rig.UploadDir, "f"), "data");
        NewMessage message = rig.Message() with
        {
            CallbackUrl = new Uri("http://127.0.0.1:1/"),
            Uploads = [new StoredUpload("p", "f.txt", "text/plain", "f", 4)],
        };
        MessageId old = await rig.AcceptAsync(message);
        await rig.Store.MarkSendingAsync(old, epoch);
        await rig.FinishAsync(old, epoch, MessageState.Failed, HistoryKind.Rejected);
        await rig.Store.DecideAsync(old, MessageDecision.Retry);
        await rig.Store.DecideAsync(old, MessageDecision.Cancel);
        Assert.True(File.Exists(Path.Combine(rig.UploadDir, "f")));
        MessageId waiting = await rig.AcceptAsync();
        MessageId loading = (await rig.Store.CreateBroadcastAsync(rig.Broadcast())).Id;
        await rig.Store.AddRecipientsAsync(loading, [new ChatTarget(8, null)]);
        rig.Time.Advance(TimeSpan.FromDays(31));
        MessageId young = await rig.AcceptAsync();
        await rig.SendAsync(young, epoch);

        while (await rig.Store.RetireAsync(epoch))
        {
        }

        Assert.Null(await rig.Store.FindAsync(old));
        Assert.NotNull(await rig.Store.FindAsync(young));
        Assert.Equal(MessageState.Queued, await rig.StateOf(waiting));
        Assert.Empty(await rig.Store.DueCallbacksAsync(10));
        Assert.True(await Eventually.TrueAsync(() => !File.Exists(Path.Combine(rig.UploadDir, "f"))));
        Assert.Equal(BroadcastState.Cancelled, (await rig.Store.FindBroadcastAsync(loading))?.State);
        await rig.Store.SweepAsync(epoch);
        rig.Time.Advance(TimeSpan.FromDays(31));
        while (await rig.Store.RetireAsync(epoch))
        {
        }

        await rig.Store.RetireAsync(epoch);
        Assert.Null(await rig.Store.FindBroadcastAsync(loading));
        IReadOnlyList<long> tally = await rig.TallyAsync();
        Assert.Equal((1L, 0L, 1L), (tally[(int)MessageState.Queued], tally[(int)MessageState.Sent], tally.Sum()));
    }

    [Fact]
    public async Task What_was_scheduled_beyond_the_retention_is_kept_from_its_end_on()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        long dueUnixMs = rig.Time.UnixMs + (100 * 86_400_000L);
        MessageId id = await rig.AcceptAsync(rig.Message() with { NotBeforeUnixMs = dueUnixMs, CallbackUrl = new Uri("http://127.0.0.1:1/") });
        rig.Time.Advance(TimeSpan.FromDays(100));
        await rig.Store.SweepAsync(epoch);
        await rig.SendAsync(id, epoch);
        await rig.Store.RetireAsync(epoch);
        Assert.Equal(MessageState.Sent, await rig.StateOf(id));
        Assert.Single(await rig.Store.DueCallbacksAsync(10));
    }

    [Fact]
    public async Task The_oldest_ready_message_is_found_again_when_it_comes_back()
    {
        await using OutboxRig rig = await OpenAsync();
        long epoch = await rig.BeginAsync();
        long start = rig.Time.UnixMs;
        MessageId first = await rig.AcceptAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        await rig.AcceptAsync();
        Assert.True(await IsOldestAsync(start));
        await rig.Store.MarkSendingAsync(first, epoch);
        Assert.True(await IsOldestAsync(start + 10_000));
        await rig.FinishAsync(first, epoch, MessageState.Queued, HistoryKind.NotSent);
        Assert.True(await IsOldestAsync(start));

        Task<bool> IsOldestAsync(long unixMs) => Eventually.TrueAsync(() =>
        {
            rig.Store.FindOldest();
            return rig.Store.OldestReadyUnixMs() == unixMs;
        });
    }
}

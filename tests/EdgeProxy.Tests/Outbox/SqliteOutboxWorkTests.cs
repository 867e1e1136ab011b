using EdgeProxy.Outbox;

namespace EdgeProxy.Tests.Outbox;

public sealed class SqliteOutboxWorkTests : OutboxWorkTests
{
    [Fact]
    public async Task An_owner_that_was_replaced_can_neither_mark_nor_finish_nor_sweep()
    {
        await using SqliteRig rig = new();
        AnyStore zombie = rig.Store;
        long old = await zombie.BeginAsync();
        MessageId sending = await rig.AcceptAsync(rig.Message() with { OnUnknown = OnUnknown.Resend });
        MessageId queued = await rig.AcceptAsync(rig.Message() with { ExpiresAtUnixMs = rig.Time.UnixMs + 1 });
        await zombie.MarkSendingAsync(sending, old);

        SqliteOutbox owner = rig.Another();
        long epoch = await owner.BeginAsync();
        Assert.Equal(SendPermit.Fenced, await zombie.MarkSendingAsync(queued, old));
        Assert.Equal(SendPermit.Granted, await owner.MarkSendingAsync(sending, epoch));
        Assert.Equal(FinishOutcome.Refused, await rig.FinishAsync(sending, old, MessageState.Sent, HistoryKind.Sent));
        Assert.Equal(MessageState.Sending, await rig.StateOf(sending));
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await zombie.SweepAsync(old);
        Assert.Equal(MessageState.Queued, await rig.StateOf(queued));
    }

    internal override Task<OutboxRig> OpenAsync() => Task.FromResult<OutboxRig>(new SqliteRig());
}

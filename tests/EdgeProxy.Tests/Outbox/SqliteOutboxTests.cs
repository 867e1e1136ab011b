using EdgeProxy.Outbox;

namespace EdgeProxy.Tests.Outbox;

public sealed class SqliteOutboxTests : OutboxAcceptTests
{
    [Fact]
    public async Task Ids_rise_when_the_clock_stands_and_after_a_restart_even_above_deleted_ones()
    {
        await using SqliteRig rig = new();
        long epoch = await rig.BeginAsync();
        MessageId first = await rig.AcceptAsync();
        MessageId second = await rig.AcceptAsync();
        Assert.True(second.Value > first.Value);
        await rig.SendAsync(second, epoch);
        Assert.Equal(DecisionOutcome.Done, await rig.Store.DecideAsync(second, MessageDecision.Delete));
        await rig.ReopenAsync();
        Assert.True((await rig.AcceptAsync()).Value > second.Value);
    }

    [Fact]
    public async Task A_full_disk_is_an_outcome_and_not_an_exception()
    {
        await using SqliteRig rig = new();
        await rig.State.DisposeAsync();
        Assert.Equal(AcceptOutcome.Unavailable, (await rig.Store.AcceptAsync(rig.Message())).Outcome);
        Assert.Equal(DecisionOutcome.Unavailable, await rig.Store.DecideAsync(new MessageId(1), MessageDecision.Cancel));
        Assert.Equal(0, await rig.BeginAsync());
    }

    internal override Task<OutboxRig> OpenAsync() => Task.FromResult<OutboxRig>(new SqliteRig());
}

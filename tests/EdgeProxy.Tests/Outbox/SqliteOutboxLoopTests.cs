namespace EdgeProxy.Tests.Outbox;

public sealed class SqliteOutboxLoopTests : OutboxLoopTests
{
    internal override Task<LoopRig> StartAsync() => LoopRig.StartAsync();
}

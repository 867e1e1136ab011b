namespace EdgeProxy.Tests.Outbox;

public sealed class SqliteOutboxBroadcastTests : OutboxBroadcastTests
{
    internal override Task<OutboxRig> OpenAsync() => Task.FromResult<OutboxRig>(new SqliteRig());
}

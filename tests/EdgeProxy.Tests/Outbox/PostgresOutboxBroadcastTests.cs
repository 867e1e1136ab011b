using EdgeProxy.Tests.Postgres;

namespace EdgeProxy.Tests.Outbox;

[Collection(PostgresTests.Name)]
public sealed class PostgresOutboxBroadcastTests(PostgresServer server) : OutboxBroadcastTests
{
    internal override Task<OutboxRig> OpenAsync() => PostgresRig.OpenAsync(server);
}

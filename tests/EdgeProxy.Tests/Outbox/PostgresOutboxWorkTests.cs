using EdgeProxy.Tests.Postgres;

namespace EdgeProxy.Tests.Outbox;

[Collection(PostgresTests.Name)]
public sealed class PostgresOutboxWorkTests(PostgresServer server) : OutboxWorkTests
{
    internal override Task<OutboxRig> OpenAsync() => PostgresRig.OpenAsync(server);
}

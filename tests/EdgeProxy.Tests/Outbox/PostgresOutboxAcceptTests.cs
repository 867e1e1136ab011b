using EdgeProxy.Tests.Postgres;

namespace EdgeProxy.Tests.Outbox;

[Collection(PostgresTests.Name)]
public sealed class PostgresOutboxAcceptTests(PostgresServer server) : OutboxAcceptTests
{
    internal override Task<OutboxRig> OpenAsync() => PostgresRig.OpenAsync(server);
}

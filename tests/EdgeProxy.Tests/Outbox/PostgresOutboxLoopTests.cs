using EdgeProxy.Tests.Postgres;

namespace EdgeProxy.Tests.Outbox;

[Collection(PostgresTests.Name)]
public sealed class PostgresOutboxLoopTests(PostgresServer server) : OutboxLoopTests
{
    internal override Task<LoopRig> StartAsync() => LoopRig.StartAsync(server);
}

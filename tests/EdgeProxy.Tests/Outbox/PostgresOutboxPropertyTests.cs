using EdgeProxy.Tests.Postgres;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.Outbox;

[Collection(PostgresTests.Name)]
public sealed class PostgresOutboxPropertyTests(PostgresServer server, ITestOutputHelper output) : OutboxPropertyTests(output)
{
    internal override Task<OutboxRig> OpenAsync() => PostgresRig.OpenAsync(server);
}

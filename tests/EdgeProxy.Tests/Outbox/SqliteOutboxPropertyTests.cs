using Xunit.Abstractions;

namespace EdgeProxy.Tests.Outbox;

public sealed class SqliteOutboxPropertyTests(ITestOutputHelper output) : OutboxPropertyTests(output)
{
    internal override Task<OutboxRig> OpenAsync() => Task.FromResult<OutboxRig>(new SqliteRig());
}

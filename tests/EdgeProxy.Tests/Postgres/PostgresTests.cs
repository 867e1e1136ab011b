namespace EdgeProxy.Tests.Postgres;

/// <summary>Test classes that share one server; each of their tests takes a database of its own.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresServer>
{
    public const string Name = "postgres";
}

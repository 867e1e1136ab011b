using EdgeProxy.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Postgres;

[Collection(PostgresTests.Name)]
public sealed class PostgresDatabaseTests(PostgresServer server)
{
    private static readonly PostgresMigration[] Two =
        [new("room", 1, "CREATE TABLE thing (id bigint PRIMARY KEY)"), new("room", 2, "ALTER TABLE thing ADD COLUMN name text")];

    [Fact]
    public async Task Processes_that_start_together_bring_the_schema_up_to_date_once()
    {
        string where = await server.CreateDatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => await (await OpenAsync(where, Two)).DisposeAsync()));
        Assert.Equal(2, await PostgresServer.ExecuteAsync(where, "SELECT version FROM schema_version WHERE room = 'room'"));
    }

    [Fact]
    public async Task A_schema_of_a_newer_version_is_refused()
    {
        string where = await server.CreateDatabaseAsync();
        await (await OpenAsync(where, Two)).DisposeAsync();
        await Assert.ThrowsAsync<InvalidDataException>(() => OpenAsync(where, Two[..1]));
    }

    private static Task<PostgresDatabase> OpenAsync(string where, PostgresMigration[] schema) =>
        PostgresDatabase.OpenAsync(where, schema, TimeProvider.System, NullLogger.Instance);
}

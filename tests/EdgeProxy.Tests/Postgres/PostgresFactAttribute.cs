namespace EdgeProxy.Tests.Postgres;

/// <summary>A test with a real server. Skipped, and shown as skipped, only where PostgreSQL 15 is not installed (tests/run.sh installs it).</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresServer.IsInstalled ? null : "PostgreSQL 15 is not installed";
}

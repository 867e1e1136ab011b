using System.Data;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Postgres;

/// <summary>
/// The shared database of a cluster: a pool of connections, a schema that the first process to come brings up to date, and the notifications of
/// the others. Work on it throws <see cref="NpgsqlException"/> for what the network or the server does; callers turn it into their outcome and
/// report it here, so that health shows it.
/// </summary>
internal sealed partial class PostgresDatabase : IAsyncDisposable
{
    private const string CreateVersions = "CREATE TABLE IF NOT EXISTS schema_version (room text PRIMARY KEY, version integer NOT NULL)";

    // Processes that start together migrate one after the other. Any number that nobody else uses in this database.
    private const long MigrationLock = 0x45_64_67_65_50_72_6F_78;

    private const int NpgsqlPoolDefault = 100;

    private readonly ILogger _logger;
    private volatile string? _fault;

    private PostgresDatabase(NpgsqlDataSource source, ILogger logger) => (Source, _logger) = (source, logger);

    public NpgsqlDataSource Source { get; }

    /// <summary>Why the last piece of work failed; null when it did not. Holds no secret.</summary>
    public string? Fault => _fault;

    /// <summary>Whether it was the server or the way to it that failed, and not the statement.</summary>
    public static bool IsOutage(Exception error) => error is TimeoutException or IOException or OperationCanceledException
        || error is NpgsqlException and not PostgresException
        || error is PostgresException { SqlState: ['5', '7', ..] or ['5', '3', ..] or ['0', '8', ..] or ['2', '5', '0', '0', '6'] or ['4', '0', ..] };

    /// <summary>Connects, waiting up to Limits.ClusterStartS for the server, and applies what is missing of the schema.</summary>
    /// <exception cref="PostgresException">The server refused: wrong login, no such database, no right to create tables.</exception>
    /// <exception cref="NpgsqlException">The server was not there in time.</exception>
    /// <exception cref="InvalidDataException">The schema is of a newer version of EdgeProxy.</exception>
    public static async Task<PostgresDatabase> OpenAsync(
        string connectionString, IReadOnlyList<PostgresMigration> schema, TimeProvider time, ILogger logger)
    {
        // The same few statements for ever: the server plans each once a connection. Whoever stands between must keep sessions, as LISTEN needs too.
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (settings.MaxAutoPrepare == 0) settings.MaxAutoPrepare = Limits.PostgresPreparedMax;
        // Npgsql's own bound is all that a server takes by default: one process would shut the others out.
        if (settings.MaxPoolSize == NpgsqlPoolDefault) settings.MaxPoolSize = Limits.PostgresConnectionsMax;
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableTransportSecurity();
        builder.EnableArrays();
        var database = new PostgresDatabase(builder.Build(), logger);
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                await database.MigrateAsync(schema).ConfigureAwait(false);
                return database;
            }
            catch (NpgsqlException error) when (IsOutage(error) && time.GetElapsedTime(start).TotalSeconds < Limits.ClusterStartS)
            {
                LogWaiting(logger, error.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Limits.PostgresRetryMs), time).ConfigureAwait(false);
            }
            catch
            {
                await database.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>A piece of work ended well.</summary>
    public void Worked()
    {
        if (_fault is null) return;
        _fault = null;
        LogBack(_logger);
    }

    /// <summary>A piece of work failed.</summary>
    public void Failed(Exception error)
    {
        if (_fault is null) LogFailed(_logger, error.Message);
        _fault = error.Message;
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private async Task MigrateAsync(IReadOnlyList<PostgresMigration> schema)
    {
        await using NpgsqlConnection connection = await Source.OpenConnectionAsync().ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted).ConfigureAwait(false);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({MigrationLock})").ConfigureAwait(false);
        await RunAsync(connection, CreateVersions).ConfigureAwait(false);
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        await using (var command = new NpgsqlCommand("SELECT room, version FROM schema_version", connection))
        await using (NpgsqlDataReader rows = await command.ExecuteReaderAsync().ConfigureAwait(false))
        {
            while (await rows.ReadAsync().ConfigureAwait(false)) found[rows.GetString(0)] = rows.GetInt32(1);
        }

        RefuseNewer(found, schema);
        foreach (PostgresMigration step in schema)
        {
            if (found.GetValueOrDefault(step.Room) >= step.Version) continue;
            await RunAsync(connection, step.Sql).ConfigureAwait(false);
            await using var command = new NpgsqlCommand(
                "INSERT INTO schema_version VALUES ($1, $2) ON CONFLICT (room) DO UPDATE SET version = excluded.version", connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = step.Room });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = step.Version });
            await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }

        await transaction.CommitAsync().ConfigureAwait(false);
    }

    private static void RefuseNewer(Dictionary<string, int> found, IReadOnlyList<PostgresMigration> schema)
    {
        foreach ((string room, int version) in found)
        {
            int known = 0;
            foreach (PostgresMigration step in schema) known = step.Room == room ? Math.Max(known, step.Version) : known;
            if (version <= known) continue;
            throw new InvalidDataException(
                $"The database has version {version} of {room}, this EdgeProxy knows {known}: it was used by a newer one. Start that version.");
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL is not there yet: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "PostgreSQL does not work: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL works again")]
    private static partial void LogBack(ILogger logger);
}

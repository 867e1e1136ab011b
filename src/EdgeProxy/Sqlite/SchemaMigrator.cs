namespace EdgeProxy.Sqlite;

/// <summary>
/// Brings a file to the schema this version knows, in one transaction. schema_version(room, version) holds the last step applied per room.
/// A file from a newer version is refused before anything is written to it.
/// </summary>
internal static class SchemaMigrator
{
    private const string CreateTable = "CREATE TABLE schema_version(room TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID";

    /// <summary>Reads the file only. Returns the version of every room in it; null when the file is fresh.</summary>
    /// <exception cref="StateFileException">Another program's database, or a newer version's file.</exception>
    public static Dictionary<string, int>? Inspect(SqliteDatabase database, string path, IReadOnlyList<Migration> migrations)
    {
        var known = KnownVersions(migrations);
        var count = database.Prepare("SELECT count(*), coalesce(sum(name = 'schema_version'), 0) FROM sqlite_master");
        count.Step();
        var (objects, hasVersions) = (count.Int64(0), count.Int64(1) != 0);
        database.ResetUsed();
        if (!hasVersions)
        {
            return objects == 0 ? null : throw new StateFileException(StateFileMessages.Foreign(path), 0);
        }
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        var rows = database.Prepare("SELECT room, version FROM schema_version");
        while (rows.Step())
        {
            var (room, version) = (rows.Text(0) ?? "", rows.Int64(1));
            var highest = known.GetValueOrDefault(room);
            if (version > highest)
            {
                throw new StateFileException(StateFileMessages.Newer(path, room, version, highest), 0);
            }
            found[room] = (int)version;
        }
        database.ResetUsed();
        return found;
    }

    /// <summary>Applies what is missing. Returns the number of steps applied.</summary>
    public static int Apply(SqliteDatabase database, Dictionary<string, int>? found, IReadOnlyList<Migration> migrations)
    {
        var applied = 0;
        database.Execute("BEGIN IMMEDIATE");
        if (found is null)
        {
            database.Execute(CreateTable);
        }
        foreach (var migration in migrations)
        {
            if (found is not null && found.GetValueOrDefault(migration.Room) >= migration.Version)
            {
                continue;
            }
            database.Execute(migration.Sql);
            database.Prepare("INSERT INTO schema_version VALUES(?1, ?2) ON CONFLICT(room) DO UPDATE SET version = excluded.version")
                .Bind(1, migration.Room).Bind(2, migration.Version).Run();
            applied++;
        }
        database.ResetUsed();
        database.Execute("COMMIT");
        return applied;
    }

    private static Dictionary<string, int> KnownVersions(IReadOnlyList<Migration> migrations)
    {
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var migration in migrations)
        {
            var next = known.GetValueOrDefault(migration.Room) + 1;
            if (migration.Version != next)
            {
                throw new ArgumentException($"Migrations of {migration.Room} must be 1, 2, 3…: {migration.Version} where {next} belongs.");
            }
            known[migration.Room] = next;
        }
        return known;
    }
}

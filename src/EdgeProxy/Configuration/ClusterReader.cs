using EdgeProxy.Cluster;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;
using Npgsql;

namespace EdgeProxy.Configuration;

/// <summary>Reads Redis, Postgres and Cluster: both servers make a cluster, neither the embedded engines.</summary>
internal static class ClusterReader
{
    public static ClusterSettings? Read(ConfigNode root, ConfigErrors errors)
    {
        string? redis = root.Secret("Redis");
        string? postgres = root.Secret("Postgres");
        ConfigNode node = root.Node("Cluster");
        string name = node.Text("Name") ?? "edge";
        int partitions = node.Int("Partitions", Limits.PartitionsDefault, 1, Limits.PartitionsMax);
        int leaseMs = node.Int("LeaseMs", Limits.LeaseMsDefault, Limits.LeaseMsMin, Limits.LeaseMsMax);
        node.RejectUnknown();
        if (name.Length > Limits.ClusterNameCharsMax || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter != '-'))
        {
            errors.Add(node.Key("Name"), $"\"{name}\" is not a name of letters, digits and '-', {Limits.ClusterNameCharsMax} at most");
        }

        if (redis is null && postgres is null) return null;
        if (redis is null) errors.Add("Redis", "is missing: Postgres is set, and a cluster needs both; leave both out to run on the data folder alone");
        if (postgres is null) errors.Add("Postgres", "is missing: Redis is set, and a cluster needs both; leave both out to run on the data folder alone");
        RedisOptions? options = null;
        if (redis is not null && !RedisOptions.TryParse(redis, out options, out string? wrong)) errors.Add("Redis", wrong!);
        if (postgres is not null && ProblemOf(postgres) is { } problem) errors.Add("Postgres", problem);
        return options is null || postgres is null ? null : new ClusterSettings(name, options, postgres) { Partitions = partitions, LeaseMs = leaseMs };
    }

    private static string? ProblemOf(string postgres)
    {
        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(postgres);
            return string.IsNullOrEmpty(parsed.Host) ? "names no Host; write Host=…;Database=…;Username=…;Password=…" : null;
        }
        catch (ArgumentException)
        {
            // Its message may repeat what was written, a password with it.
            return "is not a connection string like Host=…;Database=…;Username=…;Password=…";
        }
    }
}

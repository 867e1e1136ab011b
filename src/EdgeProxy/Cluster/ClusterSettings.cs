using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Cluster;

/// <summary>What makes processes one cluster: the same servers and the same name.</summary>
/// <param name="Name">Letters, digits and '-'; begins every key in Redis, so that several clusters may share a server.</param>
/// <param name="Redis">Streams, budgets, leases, heartbeats.</param>
/// <param name="Postgres">Npgsql's connection string: outbox and other state.</param>
internal sealed record ClusterSettings(string Name, RedisOptions Redis, string Postgres)
{
    /// <summary>Partitions of the journal. The same in every process; a change takes effect only on an empty journal.</summary>
    public int Partitions { get; init; } = Limits.PartitionsDefault;

    /// <summary>How long a lease holds without renewal, ms of the server that keeps it.</summary>
    public int LeaseMs { get; init; } = Limits.LeaseMsDefault;

    // The connection string holds a password.
    public override string ToString() => $"cluster {Name} on {Redis}";
}

using EdgeProxy.Redis;

namespace EdgeProxy.Cluster;

/// <summary>Makes the tables of leases of one process, for rooms that own things in a cluster. Composed once; not for several threads.</summary>
internal sealed class ClusterLeases(RedisClient redis, ClusterSettings settings, Membership members, TimeProvider time, ILogger<LeaseTable> logger)
{
    private readonly List<LeaseTable> _tables = [];

    /// <summary>All tables made so far, for health.</summary>
    public IReadOnlyList<LeaseTable> Tables => _tables;

    /// <param name="group">What the things are, for health and metrics.</param>
    /// <param name="names">All of them, the same list in every process.</param>
    /// <param name="run">See LeaseTable.</param>
    public LeaseTable Table(string group, IReadOnlyList<string> names, Func<Lease, Task> run)
    {
        var table = new LeaseTable(group, names, run, redis, settings, members, time, logger);
        _tables.Add(table);
        return table;
    }
}

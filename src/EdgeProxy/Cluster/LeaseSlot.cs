namespace EdgeProxy.Cluster;

/// <summary>One name of a table and what becomes of it here. Owned by the table's loop.</summary>
internal sealed class LeaseSlot(string cluster, string name, int index)
{
    public string Name { get; } = name;
    public int Index { get; } = index;
    public byte[] LeaseKey { get; } = ClusterKeys.Of(cluster, name, "lease");
    public byte[] EpochKey { get; } = ClusterKeys.Epoch(cluster, name);

    /// <summary>Not null from the taking until what ran under it has ended.</summary>
    public Lease? Lease { get; set; }

    /// <summary>"member:epoch", as it stands in Redis.</summary>
    public byte[] Owner { get; set; } = [];

    /// <summary>Timestamp at which the taking or the last successful renewal was sent.</summary>
    public long RenewedAt { get; set; }

    /// <summary>Timestamp before which it is not taken again, after it could not be used.</summary>
    public long NotBefore { get; set; }

    /// <summary>What runs under the lease.</summary>
    public Task Run { get; set; } = Task.CompletedTask;
}

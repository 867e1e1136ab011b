using EdgeProxy.Cluster;
using EdgeProxy.Redis;
using EdgeProxy.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Cluster;

/// <summary>One process of a cluster, as far as leases go: a client, a membership and tables on a real server. Kill leaves it all as kill -9 does.</summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    public ClusterRig(RedisServer server, int leaseMs = 1_000, TimeProvider? time = null, string name = "test", int partitions = 16)
        : this(server.Url, leaseMs, time, name, partitions)
    {
    }

    public ClusterRig(string url, int leaseMs = 1_000, TimeProvider? time = null, string name = "test", int partitions = 16)
    {
        Assert.True(RedisOptions.TryParse(url, out RedisOptions? options, out string? error), error);
        Settings = new ClusterSettings(name, options!, "Host=unused") { LeaseMs = leaseMs, Partitions = partitions };
        Redis = RedisRig.Client(url);
        Members = new Membership(
            Redis, Settings, "http://127.0.0.1:1", "1.0", time ?? TimeProvider.System, NullLogger<Membership>.Instance);
        Leases = new ClusterLeases(Redis, Settings, Members, time ?? TimeProvider.System, NullLogger<LeaseTable>.Instance);
    }

    public ClusterSettings Settings { get; }

    /// <summary>For leases and heartbeats only.</summary>
    public RedisClient Redis { get; }
    public Membership Members { get; }
    public ClusterLeases Leases { get; }

    public static Task Until(Func<bool> holds, string what) => RedisRig.UntilAsync(() => Task.FromResult(holds()), what);

    /// <summary>No renewal and no heartbeat leaves it any more, and nothing that it hands back.</summary>
    public ValueTask KillAsync() => Redis.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (LeaseTable table in Leases.Tables) await table.StopAsync();
        await Members.DisposeAsync();
        await Redis.DisposeAsync();
    }
}

using System.Globalization;
using EdgeProxy.Redis;
using EdgeProxy.Tests.Redis;

namespace EdgeProxy.Tests.Lanes;

/// <summary>A Redis Cluster of three masters on loopback.</summary>
internal sealed class BudgetCluster : IAsyncDisposable
{
    private const int Nodes = 3;
    private readonly List<RedisServer> _servers = [];

    public string Url => $"redis://127.0.0.1:{_servers[0].Port}?cluster=true";

    public static async Task<BudgetCluster> StartAsync()
    {
        var cluster = new BudgetCluster();
        var admins = new List<RedisClient>();
        try
        {
            for (int node = 0; node < Nodes; node++)
            {
                cluster._servers.Add(new("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "5000"));
                admins.Add(RedisRig.Client(cluster._servers[node].Url));
                string first = Slot(node), last = (int.Parse(Slot(node + 1), CultureInfo.InvariantCulture) - 1).ToString(CultureInfo.InvariantCulture);
                Assert.Equal("OK", (await RedisRig.AskAsync(admins[node], "CLUSTER", "ADDSLOTSRANGE", first, last)).Text);
                Assert.Equal("OK", (await RedisRig.AskAsync(admins[node], "CLUSTER", "SET-CONFIG-EPOCH", $"{node + 1}")).Text);
            }

            foreach (RedisServer server in cluster._servers.Skip(1)) await RedisRig.AskAsync(admins[0], "CLUSTER", "MEET", "127.0.0.1", $"{server.Port}");
            foreach (RedisClient admin in admins)
            {
                await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(admin, "CLUSTER", "INFO")).Text.Contains("cluster_state:ok"), "it stands");
                await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(admin, "CLUSTER", "SLOTS")).Text == $"[{Nodes}]", "all know all");
            }
        }
        finally
        {
            foreach (RedisClient admin in admins) await admin.DisposeAsync();
        }

        return cluster;
    }

    public ValueTask DisposeAsync()
    {
        foreach (RedisServer server in _servers) server.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Slot(int node) => (node * RedisSlot.Count / Nodes).ToString(CultureInfo.InvariantCulture);
}

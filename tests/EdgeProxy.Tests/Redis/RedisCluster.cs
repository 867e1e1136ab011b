using EdgeProxy.Redis;

namespace EdgeProxy.Tests.Redis;

/// <summary>Three masters on loopback, each a third of the slots.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    public const int Nodes = 3;

    public List<RedisServer> Servers { get; } = [];

    public List<RedisClient> Admins { get; } = [];

    public string Url => $"redis://127.0.0.1:{Servers[1].Port}?cluster=true";

    public static async Task<RedisCluster> StartAsync(params string[] arguments)
    {
        var cluster = new RedisCluster();
        try
        {
            await cluster.JoinAsync(arguments);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async Task OkAsync(int node, params string[] words)
    {
        (RedisOutcome outcome, string text) = await RedisRig.AskAsync(Admins[node], words);
        Assert.True((outcome, text) == (RedisOutcome.Ok, "OK"), $"{string.Join(' ', words)}: {outcome} {text}");
    }

    /// <summary>One more node, which owns nothing.</summary>
    public void Add(params string[] arguments)
    {
        Servers.Add(new(["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000", .. arguments]));
        Admins.Add(RedisRig.Client(Servers[^1].Url));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RedisClient admin in Admins) await admin.DisposeAsync();
        foreach (RedisServer server in Servers) server.Dispose();
    }

    private async Task JoinAsync(string[] arguments)
    {
        for (int node = 0; node < Nodes; node++)
        {
            Add(arguments);
            int first = node * RedisSlot.Count / Nodes;
            int last = ((node + 1) * RedisSlot.Count / Nodes) - 1;
            await OkAsync(node, "CLUSTER", "ADDSLOTSRANGE", $"{first}", $"{last}");
            await OkAsync(node, "CLUSTER", "SET-CONFIG-EPOCH", $"{node + 1}");
        }

        for (int node = 1; node < Nodes; node++) await OkAsync(0, "CLUSTER", "MEET", "127.0.0.1", $"{Servers[node].Port}");
        foreach (RedisClient admin in Admins)
        {
            await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(admin, "CLUSTER", "INFO")).Text.Contains("cluster_state:ok"), "the cluster stands");
            await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(admin, "CLUSTER", "SLOTS")).Text == $"[{Nodes}]", "all know all");
        }
    }
}

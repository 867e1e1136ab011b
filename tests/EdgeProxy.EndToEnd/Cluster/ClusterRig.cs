using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Tests.Postgres;
using EdgeProxy.Tests.Redis;

namespace EdgeProxy.EndToEnd.Cluster;

/// <summary>Equal processes of the published binary on one redis-server and one PostgreSQL, all on loopback and gone afterwards.</summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    private ClusterRig(RedisServer redis, PostgresServer postgres) => (Redis, Postgres) = (redis, postgres);

    public RedisServer Redis { get; }

    public PostgresServer Postgres { get; }

    public List<ProxyProcess> Members { get; } = [];

    public Uri[] Roots => [.. Members.Select(member => member.BaseAddress)];

    public string Logs => string.Join("\n", Members.Select(member => $"── {member.BaseAddress}\n{member.Log}"));

    /// <summary>A Redis that keeps what it acknowledged, a PostgreSQL that does so too, and <paramref name="members"/> processes that are ready.</summary>
    public static async Task<ClusterRig> StartAsync(int members, Func<ClusterConfig, ClusterConfig> change)
    {
        var redis = new RedisServer("--appendonly", "yes", "--appendfsync", "always");
        ClusterRig rig;
        try
        {
            rig = new ClusterRig(redis, new PostgresServer(durable: true));
        }
        catch
        {
            redis.Dispose();
            throw;
        }

        try
        {
            var config = change(new ClusterConfig(redis.Url, await rig.Postgres.CreateDatabaseAsync()));
            for (var member = 0; member < members; member++)
                rig.Members.Add(rig.Make(config));
            await Task.WhenAll(rig.Members.Select(member => member.StartAsync()));
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var member in Members)
            member.Dispose();
        Redis.Dispose();
        Postgres.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private ProxyProcess Make(ClusterConfig config)
    {
        var port = Ports.Free();
        var data = _folder.Sub($"data-{port}");
        var path = Path.Combine(_folder.Path, $"edgeproxy-{port}.json");
        File.WriteAllText(path, config.ToJson(port, data));
        return new ProxyProcess(new ProxyConfig(port, data, ""), path);
    }
}

using System.Text;
using EdgeProxy.Redis;

namespace EdgeProxy.Tests.Redis;

/// <summary>Three masters on loopback, each a third of the slots.</summary>
public sealed class RedisClusterTests : IAsyncLifetime
{
    private const int Nodes = RedisCluster.Nodes;
    private RedisCluster? _cluster;

    private List<RedisServer> Servers => _cluster!.Servers;

    private List<RedisClient> Admins => _cluster!.Admins;

    public async Task InitializeAsync()
    {
        _cluster = await RedisCluster.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Keys_of_all_slots_are_reached_and_crossed_slots_refused()
    {
        await using RedisClient client = RedisRig.Client($"redis://127.0.0.1:{Servers[1].Port}?cluster=true");
        await Task.WhenAll(Enumerable.Range(0, 500).Select(async n =>
        {
            Assert.Equal((RedisOutcome.Ok, "OK"), await RedisRig.AskAsync(client, "SET", $"key{n}", $"{n}"));
            Assert.Equal((RedisOutcome.Ok, $"{n}"), await RedisRig.AskAsync(client, "GET", $"key{n}"));
        }));
        Assert.Equal(Nodes, client.ConnectedNodes);

        var script = new RedisScript("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[2])");
        for (int n = 0; n < 50; n++)
        {
            using RedisCommand together = client.Rent(script, 2).Key(Encoding.ASCII.GetBytes($"{{{n}}}a")).Key(Encoding.ASCII.GetBytes($"{{{n}}}a")).Add(n);
            Assert.Equal(RedisOutcome.Ok, await client.SendAsync(together));
            Assert.Equal($"{n}", RedisRig.Text(together));
        }

        using RedisCommand apart = client.Rent("MGET"u8).Key("a"u8).Key("b"u8);
        Assert.Equal(RedisOutcome.CrossSlot, await client.SendAsync(apart));
    }

    [Fact]
    public async Task A_slot_that_moves_is_followed_by_ask_and_then_by_moved()
    {
        await using RedisClient client = RedisRig.Client($"redis://127.0.0.1:{Servers[0].Port},127.0.0.1:{Servers[2].Port}");
        const string Tag = "{foo}";
        const int Keys = 100;
        int slot = RedisSlot.Of("foo"u8);
        int from = slot * Nodes / RedisSlot.Count;
        int to = (from + 1) % Nodes;
        for (int n = 0; n < Keys; n++) await RedisRig.AskAsync(client, "SET", Tag + n, $"{n}");
        string fromId = (await RedisRig.AskAsync(Admins[from], "CLUSTER", "MYID")).Text;
        string toId = (await RedisRig.AskAsync(Admins[to], "CLUSTER", "MYID")).Text;

        bool isOver = false;
        int read = 0;
        Task reading = Task.Run(async () =>
        {
            for (int n = 0; !Volatile.Read(ref isOver); n = (n + 1) % Keys)
            {
                Assert.Equal((RedisOutcome.Ok, $"{n}"), await RedisRig.AskAsync(client, "GET", Tag + n));
                Interlocked.Increment(ref read);
            }
        });
        await OkAsync(to, "CLUSTER", "SETSLOT", $"{slot}", "IMPORTING", fromId);
        await OkAsync(from, "CLUSTER", "SETSLOT", $"{slot}", "MIGRATING", toId);
        for (int n = 0; n < Keys; n++)
        {
            await OkAsync(from, "MIGRATE", "127.0.0.1", $"{Servers[to].Port}", Tag + n, "0", "5000");
            if (n != Keys / 2) continue;

            // Half has moved: the owner is still the old one, and says ASK for what is gone.
            int before = Volatile.Read(ref read);
            await RedisRig.UntilAsync(() => Task.FromResult(Volatile.Read(ref read) > before + (3 * Keys) || reading.IsCompleted), "reads while it moves");
            Assert.Equal((RedisOutcome.Ok, "0"), await RedisRig.AskAsync(client, "GET", Tag + 0));
            (RedisOutcome outcome, string text) = await RedisRig.AskAsync(Admins[from], "GET", Tag + 0);
            Assert.Equal(RedisOutcome.ServerError, outcome);
            Assert.StartsWith("ASK ", text);
        }

        await OkAsync(to, "CLUSTER", "SETSLOT", $"{slot}", "NODE", toId);
        await OkAsync(from, "CLUSTER", "SETSLOT", $"{slot}", "NODE", toId);
        Assert.StartsWith("MOVED ", (await RedisRig.AskAsync(Admins[from], "GET", Tag + 0)).Text);
        int moved = Volatile.Read(ref read);
        await RedisRig.UntilAsync(() => Task.FromResult(Volatile.Read(ref read) > moved + (3 * Keys) || reading.IsCompleted), "reads after the move");
        Volatile.Write(ref isOver, true);
        await reading;
    }

    [Fact]
    public async Task A_lost_node_costs_its_slots_only_and_returns()
    {
        await using RedisClient client = RedisRig.Client(
            $"redis://127.0.0.1:{Servers[0].Port}?cluster=true", change: options => RedisRig.With(options, commandMs: 500));
        string[] keys = [.. Enumerable.Range(0, Nodes).Select(node => Enumerable.Range(0, 1000).Select(n => $"k{n}")
            .First(key => RedisSlot.Of(Encoding.ASCII.GetBytes(key)) * Nodes / RedisSlot.Count == node))];
        foreach (string key in keys)
            await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(client, "SET", key, "1")).Outcome == RedisOutcome.Ok, "the first answers");
        Servers[2].Kill();
        Assert.NotEqual(RedisOutcome.Ok, (await RedisRig.AskAsync(client, "GET", keys[2])).Outcome);
        Servers[2].Launch();
        foreach (string key in keys)
            await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(client, "SET", key, "2")).Outcome == RedisOutcome.Ok, "all answer again");
    }

    [Fact]
    public async Task A_promoted_replica_takes_over_slots_and_channels_of_its_dead_master()
    {
        const int Dead = Nodes - 1;
        _cluster!.Add();
        string master = (await RedisRig.AskAsync(Admins[Dead], "CLUSTER", "MYID")).Text;
        await OkAsync(0, "CLUSTER", "MEET", "127.0.0.1", $"{Servers[Nodes].Port}");
        await RedisRig.UntilAsync(
            async () => (await RedisRig.AskAsync(Admins[Nodes], "CLUSTER", "REPLICATE", master)).Outcome == RedisOutcome.Ok, "a replica");
        await RedisRig.UntilAsync(
            async () => (await RedisRig.AskAsync(Admins[Nodes], "INFO", "replication")).Text.Contains("master_link_status:up"), "the replica is in step");
        await RedisRig.UntilAsync(
            async () => (await RedisRig.AskAsync(Admins[0], "CLUSTER", "NODES")).Text.Contains("slave " + master), "known to the others");

        await using RedisClient client = RedisRig.Client(
            $"redis://127.0.0.1:{Servers[Dead].Port},127.0.0.1:{Servers[0].Port}",
            options => RedisRig.With(options, commandMs: 5_000));
        string key = Enumerable.Range(0, 1000).Select(n => $"k{n}").First(key => RedisSlot.Of(Encoding.ASCII.GetBytes(key)) * Nodes / RedisSlot.Count == Dead);
        Assert.Equal(RedisOutcome.Ok, (await RedisRig.AskAsync(client, "SET", key, "1")).Outcome);
        Servers[Dead].Kill();
        await RedisRig.UntilAsync(async () => (await RedisRig.AskAsync(client, "SET", key, "2")).Outcome == RedisOutcome.Ok, "the replica serves");
        await RedisRig.UntilAsync(() => Task.FromResult(client.Fault is null), "the dead node is no fault of a cluster that serves all slots");
    }

    private Task OkAsync(int node, params string[] words) => _cluster!.OkAsync(node, words);
}

using EdgeProxy.Journal;
using EdgeProxy.Redis;
using EdgeProxy.Tests.Redis;
using static EdgeProxy.Tests.Journal.RedisJournalRig;

namespace EdgeProxy.Tests.Journal;

/// <summary>The journal over a Redis Cluster: partitions on all nodes, one slot a script.</summary>
public sealed class RedisJournalClusterTests
{
    [Fact]
    public async Task Partitions_on_three_masters_dedupe_and_are_read_through_a_node_that_restarts()
    {
        await using RedisCluster cluster = await RedisCluster.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using RedisJournal one = On(cluster.Url, settings => settings with { Partitions = 6 });
        await using RedisJournal two = On(cluster.Url, settings => settings with { Partitions = 6 });
        int[] nodes = [.. Enumerable.Range(0, 6).Select(p => RedisSlot.Of(one.KeysOf(p).Stream) * RedisCluster.Nodes / RedisSlot.Count).Distinct()];
        Assert.Equal(RedisCluster.Nodes, nodes.Length);

        var logs = new List<RedisPartition>();
        for (int partition = 0; partition < 6; partition++) logs.Add(await OpenAsync(one, partition));
        const int Updates = 600;
        int appended = 0;
        Task Send(RedisJournal journal, int first) => Task.WhenAll(Enumerable.Range(first, Updates).Select(async id =>
        {
            while (true)
            {
                AppendOutcome outcome = await AppendAsync(journal, id, chatId: id);
                if (outcome is AppendOutcome.Appended) Interlocked.Increment(ref appended);
                if (outcome is AppendOutcome.Appended or AppendOutcome.Duplicate) return;
                await Task.Delay(10);
            }
        }));
        await Task.WhenAll(Send(one, 0), Send(two, 0));
        Assert.Equal(Updates, appended);
        cluster.Servers[2].Kill();
        Task again = Task.WhenAll(Send(one, Updates), Send(two, Updates));
        cluster.Servers[2].Launch();
        await again;

        var ids = new List<long>();
        for (int partition = 0; partition < 6; partition++)
        {
            using IJournalReader reader = logs[partition].OpenReader(0);
            int here = Enumerable.Range(0, 2 * Updates).Count(id => JournalPartition.Of(1, Envelope(id, id).Key, 6) == partition);
            ids.AddRange(await ReadAsync(reader, here));
        }

        Assert.Equal(Enumerable.Range(0, 2 * Updates).Select(id => (long)id), ids.Order());
        await RedisRig.UntilAsync(() => Task.FromResult(one.Fault is null), "no fault left");
        Assert.Null(await one.Durability.AskAsync());
        RedisClient admin = cluster.Admins[0];
        using RedisCommand weaken = admin.Rent("CONFIG"u8).Add("SET"u8).Add("appendfsync"u8).Add("everysec"u8);
        Assert.Equal(RedisOutcome.Ok, await admin.SendAsync(weaken));
        string? warning = await one.Durability.AskAsync();
        Assert.Contains($"{cluster.Servers[0].Port}: appendfsync is everysec", warning);
        Assert.DoesNotContain($"{cluster.Servers[1].Port}", warning);
    }
}

using EdgeProxy.Fanout;
using EdgeProxy.Tests.Cluster;
using EdgeProxy.Tests.Redis;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Fanout;

/// <summary>Deliveries of several processes from one journal, on a real server and to real consumers.</summary>
public sealed class PartitionedFanoutTests : IDisposable
{
    private readonly RedisServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Three_share_the_work_one_stops_one_dies_and_every_chat_stays_in_order()
    {
        const int Chats = 30, Rounds = 60;
        await using Consumer consumer = await Consumer.StartAsync(TimeProvider.System);
        consumer.Answer = static async (_, _) => await Task.Delay(2);
        await using var first = new FanoutNode(_server, consumer.Url);
        await using var second = new FanoutNode(_server, consumer.Url);
        await using var third = new FanoutNode(_server, consumer.Url);
        FanoutNode[] nodes = [first, second, third];
        foreach (FanoutNode node in nodes) await node.StartAsync();
        await ClusterRig.Until(() => nodes.All(node => node.Held == 2), "shared");
        for (int round = 0; round < Rounds; round++)
        {
            int at = round;
            await Task.WhenAll(Enumerable.Range(1, Chats).Select(chat => PutTwiceAsync(chat, at)));
            if (round == 15) await second.StopAsync();
            if (round == 30) await third.KillAsync();
        }

        await ClusterRig.Until(() => first.Held == 6, "the last one has all");
        await ClusterRig.Until(() => consumer.Texts.Distinct().Count() == Chats * Rounds, "all delivered");
        await ClusterRig.Until(() => first.Shot is { LagRecords: 0, InFlight: 0 }, "nothing is left, to be done again either");
        foreach (var chat in consumer.Texts.Select(text => text.Split(':')).GroupBy(parts => parts[0]))
        {
            // A new owner goes back to what it does not know to be finished, and never leaves one out.
            int before = -1;
            foreach (int number in chat.Select(parts => int.Parse(parts[1])))
            {
                Assert.True(number <= before + 1, $"chat {chat.Key}: {number} after {before}");
                before = number;
            }

            Assert.Equal(Rounds - 1, before);
        }

        Assert.Equal(0, first.Shot.LostToRetention);

        // Every update comes twice, to two processes at the same moment.
        Task PutTwiceAsync(int chat, int round)
        {
            long id = (round * 1000L) + chat;
            return Task.WhenAll(first.PutAsync(chat, id, $"{chat}:{round}"), nodes[round % 3].PutAsync(chat, id, $"{chat}:{round}"));
        }
    }

    [Fact]
    public async Task A_clean_hand_over_delivers_nothing_twice()
    {
        await using Consumer consumer = await Consumer.StartAsync(TimeProvider.System);
        await using var first = new FanoutNode(_server, consumer.Url);
        await first.StartAsync();
        await ClusterRig.Until(() => first.Held == 6, "all");
        await using var second = new FanoutNode(_server, consumer.Url);
        for (int i = 0; i < 500; i++)
        {
            await first.PutAsync(i % 20, i, $"{i}");
            if (i == 100) await second.StartAsync();
            if (i == 300) await first.StopAsync();
        }

        await ClusterRig.Until(() => second.Held == 6 && consumer.Count >= 500, "the second has all");
        Assert.Equal(Enumerable.Range(0, 500), consumer.Texts.Select(int.Parse).Order());
    }

    [Fact]
    public async Task Attempts_and_order_of_a_failing_key_go_over_to_the_next_owner()
    {
        await using Consumer one = await Consumer.StartAsync(TimeProvider.System);
        await using Consumer other = await Consumer.StartAsync(TimeProvider.System);
        one.Answer = Consumer.Status(static received => received.Text.StartsWith("bad", StringComparison.Ordinal) ? 500 : 200);
        await using var first = new FanoutNode(_server, one.Url);
        await first.StartAsync();
        await ClusterRig.Until(() => first.Held == 6, "all");
        await first.PutAsync(1, 1, "bad0");
        await first.PutAsync(1, 2, "bad1");
        await first.PutAsync(1, 3, "bad2");
        await ClusterRig.Until(() => first.Shot is { ParkedKeys: 1, ParkedRecords: 3 }, "parked");
        int stored = 0;
        await RedisRig.UntilAsync(async () => (stored = await first.StoredFailuresAsync()) > 0, "and flushed");
        await first.KillAsync();
        await using var second = new FanoutNode(_server, other.Url);
        await second.StartAsync();
        await ClusterRig.Until(() => other.Count == 3, "the next owner delivers them");
        Assert.Equal(["bad0", "bad1", "bad2"], other.Texts);
        Assert.InRange(int.Parse(other.All[0].Attempt!), stored + 1, one.Count + 1); // Those after the last flush are not known.
        Assert.Equal(["1", "1"], other.All.Skip(1).Select(received => received.Attempt));
    }

    [Fact]
    public async Task One_that_is_added_gets_every_update_from_then_on_whichever_process_hears_of_it_first()
    {
        await using Consumer main = await Consumer.StartAsync(TimeProvider.System);
        await using Consumer late = await Consumer.StartAsync(TimeProvider.System);
        await using var first = new FanoutNode(_server, main.Url);
        await using var second = new FanoutNode(_server, main.Url);
        foreach (FanoutNode node in (FanoutNode[])[first, second]) await node.StartAsync();
        await ClusterRig.Until(() => first.Held == 3 && second.Held == 3, "shared");
        for (int chat = 0; chat < 20; chat++) await first.PutAsync(chat, chat, "before");
        Assert.True(await first.AddAsync(first.Subscription("late", late.Url)));
        for (int chat = 0; chat < 20; chat++) await first.PutAsync(chat, 100 + chat, $"{chat}");
        await ClusterRig.Until(() => main.Count == 40, "the old one has all");
        Assert.True(await second.AddAsync(second.Subscription("late", late.Url)));
        await ClusterRig.Until(() => late.Texts.Distinct().Count() == 20, "the new one has what came since");
        Assert.DoesNotContain("before", late.Texts);
        Assert.True(await first.AddAsync());
        Assert.True(await second.AddAsync());
        for (int chat = 0; chat < 20; chat++) await first.PutAsync(chat, 200 + chat, "after");
        await ClusterRig.Until(() => main.Count == 60, "the old one goes on");
        Assert.DoesNotContain("after", late.Texts);
        Assert.Single(first.Fanout.Snapshot());
    }

    [Fact]
    public async Task A_zombie_delivers_executes_and_stores_nothing_after_its_lease()
    {
        await using Consumer one = await Consumer.StartAsync(TimeProvider.System);
        await using Consumer other = await Consumer.StartAsync(TimeProvider.System);
        var answer = new TaskCompletionSource();
        one.Answer = async (received, context) =>
        {
            if (received.Text != "held") return;
            await answer.Task;
            await context.Response.WriteAsync("""{"method":"sendMessage","chat_id":1,"text":"x"}""");
        };
        await using var first = new FanoutNode(_server, one.Url);
        await first.StartAsync();
        await ClusterRig.Until(() => first.Held == 6, "all");
        await first.PutAsync(1, 1, "held");
        await first.PutAsync(1, 2, "behind");
        await ClusterRig.Until(() => one.Count == 1, "in flight");
        await using var second = new FanoutNode(_server, other.Url);
        await first.Cluster.KillAsync(); // Its renewals stop; its journal, its cursors and its consumer are there as before.
        await second.StartAsync();
        await ClusterRig.Until(() => second.Held == 6 && other.Count >= 2, "taken over");
        answer.TrySetResult();
        for (int i = 0; i < 50; i++) await first.PutAsync(i, 10 + i, $"{i}");
        await ClusterRig.Until(() => other.Count == 52, "the second delivers all");
        Assert.Equal(["held"], one.Texts);
        Assert.Empty(first.Methods);
        Assert.Equal(0, first.Held);
        Assert.Equal(["held", "behind"], other.Texts.Take(2));
    }

    [Fact]
    public async Task Who_was_stopped_past_the_lease_begins_nothing_when_he_goes_on()
    {
        await using Consumer consumer = await Consumer.StartAsync(TimeProvider.System);
        var time = new JumpingTime();
        await using var node = new FanoutNode(_server, consumer.Url, leaseMs: 60_000, time: time);
        await node.StartAsync();
        await ClusterRig.Until(() => node.Held == 6, "all");
        await node.PutAsync(1, 1, "before");
        await ClusterRig.Until(() => consumer.Count == 1, "delivered");
        time.Jump(TimeSpan.FromMinutes(2)); // No timer has fired and no turn was taken: the clock alone says it.
        for (int i = 0; i < 20; i++) await node.PutAsync(i, 10 + i, "after");
        await ClusterRig.Until(() => node.Shot.LagRecords > 0, "they are read");
        await node.Fanout.StopAsync();
        Assert.Equal(["before"], consumer.Texts);
    }

    [Fact]
    public async Task A_server_that_is_paused_past_the_leases_stops_all_and_nothing_is_lost()
    {
        await using Consumer consumer = await Consumer.StartAsync(TimeProvider.System);
        await using var first = new FanoutNode(_server, consumer.Url);
        await using var second = new FanoutNode(_server, consumer.Url);
        await first.StartAsync();
        await second.StartAsync();
        await ClusterRig.Until(() => first.Held == 3 && second.Held == 3, "shared");
        for (int i = 0; i < 100; i++) await first.PutAsync(i % 10, i, $"{i}");
        _server.Stop();
        await ClusterRig.Until(() => first.Held == 0 && second.Held == 0, "all lost");
        _server.Continue();
        for (int i = 100; i < 200; i++) await second.PutAsync(i % 10, i, $"{i}");
        await ClusterRig.Until(() => consumer.Texts.Distinct().Count() == 200, "all delivered");
        await ClusterRig.Until(() => first.Held + second.Held == 6, "all taken again");
    }

    [Fact]
    public async Task What_is_accepted_before_anyone_owns_its_partition_reaches_a_new_subscription()
    {
        await using Consumer consumer = await Consumer.StartAsync(TimeProvider.System);
        await using var node = new FanoutNode(_server, consumer.Url);
        await node.PutAsync(1, 1, "before its time");
        await node.Fanout.StartAsync(); // Nobody is a member yet, so nothing is taken.
        for (int i = 0; i < 12; i++) await node.PutAsync(i, 10 + i, $"{i}");
        Assert.Equal(0, node.Held);
        node.Cluster.Members.Start();
        await ClusterRig.Until(() => consumer.Count == 12, "delivered");
        Assert.DoesNotContain("before its time", consumer.Texts);
        Assert.Equal(SubscriptionState.Running, node.Shot.State);
    }

    [Fact]
    public async Task Over_a_Redis_Cluster_a_lease_its_cursors_and_its_stream_are_on_one_master()
    {
        await using RedisCluster servers = await RedisCluster.StartAsync();
        await using Consumer consumer = await Consumer.StartAsync(TimeProvider.System);
        await using var first = new FanoutNode(servers.Url, consumer.Url);
        await using var second = new FanoutNode(servers.Url, consumer.Url);
        await first.StartAsync();
        await second.StartAsync();
        await ClusterRig.Until(() => first.Held == 3 && second.Held == 3, "shared");
        for (int i = 0; i < 120; i++)
        {
            await second.PutAsync(i % 20, i, $"{i}");
            if (i == 60) await first.KillAsync();
        }

        await ClusterRig.Until(() => second.Held == 6 && consumer.Texts.Distinct().Count() == 120, "taken over and delivered");
        foreach (var chat in consumer.Texts.Distinct().Select(int.Parse).GroupBy(id => id % 20)) Assert.Equal(chat.Order(), chat);
    }
}

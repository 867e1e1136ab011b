using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd.Cluster;

/// <summary>The servers behind a cluster fail and come back, and a process loses its place without knowing it. Telegram's record is the judge.</summary>
public sealed class ClusterFaultTests(ITestOutputHelper output)
{
    private const int Members = 3;
    private const int Bots = 3;
    private const int Letters = 900;
    private const int Chats = 30;

    /// <summary>A mark that was under way when its process was stopped is committed by the server a moment later.</summary>
    private const long CommitMs = 250;
    private static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Redis_and_postgres_restart_and_pause_and_nothing_acknowledged_is_lost_and_nothing_sent_twice()
    {
        await using var setup = await Setup.StartAsync();
        using var stop = new CancellationTokenSource();
        var running = setup.Load.RunAsync(int.MaxValue, stop.Token);
        setup.Posters.Release(Letters / 4);

        await Task.Delay(1500);
        setup.Rig.Redis.Kill();
        await setup.AllAsync(503);
        setup.Rig.Redis.Launch();
        await setup.AllAsync(200);

        setup.Posters.Release(Letters / 4);
        await Task.Delay(1500);
        setup.Rig.Redis.Stop();
        var stoppedAt = Stopwatch.GetTimestamp();
        await setup.AllAsync(503);
        while (Stopwatch.GetElapsedTime(stoppedAt) < TimeSpan.FromSeconds(10))
            await Task.Delay(50);
        setup.Rig.Redis.Continue();
        await setup.AllAsync(200);

        setup.Posters.Release(Letters / 4);
        await Task.Delay(500);
        setup.Rig.Postgres.Crash();
        var crashedAt = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await setup.AllAsync(503);
        setup.Rig.Postgres.Launch();
        await setup.AllAsync(200);

        setup.Posters.Release(Letters - (3 * (Letters / 4)));
        await stop.CancelAsync();
        await running;
        var missing = await setup.Consumer.MissingAsync(setup.Load.Accepted, TimeSpan.FromSeconds(90));
        var counts = await setup.JudgeAsync([crashedAt]);
        var again = Repetition.Read(setup.Consumer.Deliveries, [], TimeSpan.Zero);
        output.WriteLine($"updates: {setup.Load.Accepted.Count} acknowledged in {setup.Load.Posts} posts, missing {missing.Count}, "
            + $"delivered again {again.Outside.Count}, out of order {again.OutOfOrder.Count}");
        output.WriteLine($"messages: {setup.Posters.Posts} posts, {setup.Posters.Repeats} repetitions | {counts}");
        Assert.True(missing.Count == 0, $"acknowledged and never delivered: {missing.Count}\n{setup.Rig.Logs}");
        Assert.Empty(again.OutOfOrder);
        Assert.Empty(setup.Posters.Wrong);
        counts.AssertRight(setup.Rig.Logs);
        foreach (var member in setup.Rig.Members)
            Assert.Equal(0, await member.StopAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_process_that_slept_past_its_leases_sends_and_acknowledges_nothing_that_is_another_ones()
    {
        await using var setup = await Setup.StartAsync();
        using var stop = new CancellationTokenSource();
        var running = setup.Load.RunAsync(int.MaxValue, stop.Token);
        setup.Posters.Release(Letters / 2);
        await Task.Delay(1000);

        var sleeper = setup.Rig.Members[0];
        var leases = await LeasesAsync(sleeper);
        sleeper.Pause();
        var pausedAt = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + CommitMs;
        setup.Posters.Release(Letters / 4);
        await Task.Delay(ClusterConfig.LeaseMs * 3);
        var others = 0.0;
        foreach (var member in setup.Rig.Members.Skip(1))
            others += await member.MetricAsync("edgeproxy_lease_held");
        var continuedAt = Stopwatch.GetTimestamp();
        sleeper.Continue();
        setup.Posters.Release(Letters - (3 * (Letters / 4)));
        await Task.Delay(4000);
        await stop.CancelAsync();
        await running;
        var missing = await setup.Consumer.MissingAsync(setup.Load.Accepted, TimeSpan.FromSeconds(60));
        var counts = await setup.JudgeAsync([pausedAt]);

        // What was done with before the sleeper woke must not come again from it.
        var done = setup.Consumer.Deliveries.Where(delivery => delivery.At < continuedAt).Select(delivery => delivery.UpdateId).ToHashSet();
        var late = setup.Consumer.Deliveries.Where(delivery => delivery.At >= continuedAt && done.Contains(delivery.UpdateId)).ToList();
        var again = Repetition.Read(setup.Consumer.Deliveries, [], TimeSpan.Zero);
        output.WriteLine($"the sleeper had {leases} leases, the others {others} while it slept | updates: {setup.Load.Accepted.Count} acknowledged, "
            + $"missing {missing.Count}, delivered again {again.Outside.Count}, of them after it woke {late.Count}, out of order {again.OutOfOrder.Count}");
        output.WriteLine($"messages: {counts}");
        Assert.NotEqual(0, leases);
        Assert.True(missing.Count == 0, $"acknowledged and never delivered: {missing.Count}\n{setup.Rig.Logs}");
        Assert.Empty(late);
        Assert.Empty(again.OutOfOrder);
        Assert.Empty(setup.Posters.Wrong);
        counts.AssertRight(setup.Rig.Logs);
    }

    /// <summary>The last process to come may wait for the others to hand over its share.</summary>
    private static async Task<double> LeasesAsync(ProxyProcess member)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var leases = await member.MetricAsync("edgeproxy_lease_held");
            if (leases > 0 || Stopwatch.GetElapsedTime(since) > ReadyBound)
                return leases;
            await Task.Delay(50);
        }
    }

    private sealed class Setup(
        FakeTelegram telegram, ConcurrentQueue<CallTrace> traces, Consumer consumer, ClusterRig rig, ClusterLoad load, OutboxClient client, Posters posters,
        List<Letter> letters) : IAsyncDisposable
    {
        public Consumer Consumer => consumer;

        public ClusterRig Rig => rig;

        public ClusterLoad Load => load;

        public Posters Posters => posters;

        public static async Task<Setup> StartAsync()
        {
            var traces = new ConcurrentQueue<CallTrace>();
            var options = new FakeTelegramOptions { EnforceLimits = false, LatencyMs = 15, Trace = traces.Enqueue };
            options.Tokens.AddRange(Enumerable.Range(0, Bots).Select(OutboxProxy.TokenOf).Append(ProxyConfig.Token));
            var telegram = await FakeTelegram.StartAsync(options);
            var consumer = new Consumer();
            await consumer.UpAsync();
            var rig = await ClusterRig.StartAsync(
                Members, config => config with { ConsumerUrl = consumer.Url, ApiRoot = telegram.Url, OutboxBots = Bots });
            var client = new OutboxClient(rig.Roots);
            var posters = new Posters(client);
            List<Letter> letters = [.. Enumerable.Range(0, Letters).Select(i => Letter.Of($"m-{i}", i % Bots, 1000 + (i % Chats)))];
            foreach (var chat in letters.GroupBy(letter => letter.Chat))
                posters.Start(chat);
            return new Setup(telegram, traces, consumer, rig, new ClusterLoad(rig.Members, posters: 6, chatsPerPoster: 20), client, posters, letters);
        }

        /// <summary>Waits until every process says that of its readiness.</summary>
        public Task AllAsync(int status) => Task.WhenAll(rig.Members.Select(member => member.UntilAsync("/readyz", status, ReadyBound)));

        public async Task<OutboxCounts> JudgeAsync(IReadOnlyList<long> killsUnixMs)
        {
            await posters.EndAsync(TimeSpan.FromSeconds(60));
            await client.DrainAsync(TimeSpan.FromSeconds(60));
            return await new OutboxJudge(telegram, traces, killsUnixMs).JudgeAsync(client, letters, posters.Ids);
        }

        public async ValueTask DisposeAsync()
        {
            posters.Dispose();
            client.Dispose();
            load.Dispose();
            await rig.DisposeAsync();
            await consumer.DisposeAsync();
            await telegram.DisposeAsync();
        }
    }
}

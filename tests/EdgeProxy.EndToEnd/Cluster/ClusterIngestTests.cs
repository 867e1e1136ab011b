using System.Diagnostics;
using EdgeProxy.EndToEnd.Harness;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd.Cluster;

/// <summary>Updates that reach several processes: taken once, delivered in order, whichever process dies.</summary>
public sealed class ClusterIngestTests(ITestOutputHelper output)
{
    private const int Members = 3;
    private const int Updates = 50_000;

    /// <summary>As in <see cref="CrashTests"/>: what was acknowledged by the consumer earlier than this before a kill must not come again.</summary>
    private static readonly TimeSpan FlushWindow = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DrainBound = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Fifty_thousand_updates_over_three_processes_of_which_one_is_killed_and_one_stops_are_each_stored_once_and_delivered_in_order()
    {
        await using var consumer = new Consumer();
        await consumer.UpAsync();
        await using var rig = await ClusterRig.StartAsync(Members, config => config with { ConsumerUrl = consumer.Url });
        using var load = new ClusterLoad(rig.Members, posters: 24, chatsPerPoster: 20);
        var started = Stopwatch.GetTimestamp();
        var running = load.RunAsync(Updates);

        await UntilAsync(() => load.Accepted.Count > Updates / 3 || running.IsCompleted);
        var killedAt = Stopwatch.GetTimestamp();
        rig.Members[0].Kill();
        // What the dead one answered may be counted by the consumer a moment later.
        var kills = new List<LifeEnd> { new(killedAt, killedAt + (Stopwatch.Frequency / 10)) };
        await UntilAsync(() => load.Accepted.Count > Updates * 2 / 3 || running.IsCompleted);
        Assert.Equal(0, await rig.Members[1].StopAsync(TimeSpan.FromSeconds(20)));
        await running;
        var took = Stopwatch.GetElapsedTime(started);
        var missing = await consumer.MissingAsync(load.Accepted, DrainBound);

        var again = Repetition.Read(consumer.Deliveries, kills, FlushWindow);
        var stored = await StoredAsync(rig);
        output.WriteLine(
            $"{load.Posts} posts in {took.TotalSeconds:F1} s, {load.Doubled} updates sent to two processes at once, {load.Accepted.Count} acknowledged, "
            + $"{stored} in the streams | delivered {consumer.AcknowledgedCount}, missing {missing.Count}, repeated after the kill {again.Inside}, "
            + $"otherwise {again.Outside.Count}, out of order {again.OutOfOrder.Count}");
        Assert.True(missing.Count == 0, $"acknowledged to Telegram but never delivered: {Some(missing)}\n{rig.Logs}");
        Assert.Equal(load.Accepted.Count, stored);
        Assert.True(again.Outside.Count == 0, $"delivered twice without need: {Some(again.Outside)}\n{rig.Logs}");
        Assert.True(again.OutOfOrder.Count == 0, $"overtaken in their chat: {Some(again.OutOfOrder)}\n{rig.Logs}");
    }

    private static async Task<long> StoredAsync(ClusterRig rig)
    {
        var sum = 0L;
        for (var partition = 0; partition < ClusterConfig.Partitions; partition++)
        {
            var said = await Tool.RunAsync(TimeSpan.FromSeconds(10), "redis-cli", "-p", $"{rig.Redis.Port}", "XLEN", $"{{edge:p{partition}}}:s");
            sum += long.Parse(said.Output.Trim());
        }

        return sum;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Delay(10);
    }

    private static string Some(List<long> ids) => $"{ids.Count}: {string.Join(", ", ids.Take(20))}";
}

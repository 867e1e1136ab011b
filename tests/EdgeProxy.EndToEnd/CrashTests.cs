using System.Diagnostics;
using EdgeProxy.EndToEnd.Harness;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>What a killed process may cost: repetition inside a short window, and nothing else.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Rounds = 50;

    /// <summary>Cursors are flushed every 100 ms; with both cores busy a flush may come late, never this late.</summary>
    private static readonly TimeSpan FlushWindow = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DrainBound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Fifty_kills_under_load_lose_nothing_and_repeat_only_what_was_not_flushed()
    {
        var seed = Environment.GetEnvironmentVariable("EDGE_SEED") is { Length: > 0 } replay ? int.Parse(replay) : Random.Shared.Next();
        output.WriteLine($"seed {seed} (EDGE_SEED replays the moments of the kills)");
        var random = new Random(seed);
        using var folder = new TempFolder();
        await using var consumer = new Consumer();
        await consumer.UpAsync();
        var config = new ProxyConfig(Ports.Free(), folder.Sub("data"), consumer.Url);
        using var proxy = ProxyProcess.In(folder, config);
        using var client = new WebhookClient(config.Port);
        var load = new Load(client, posters: 8, chatsPerPoster: 25, pauseMs: 4);
        var kills = new List<LifeEnd>();

        await proxy.StartAsync();
        load.Start();
        for (var round = 0; round < Rounds; round++)
        {
            await Task.Delay(random.Next(100, 1200));
            var killedAt = Stopwatch.GetTimestamp();
            proxy.Kill();
            proxy.Launch();
            kills.Add(new LifeEnd(killedAt, Stopwatch.GetTimestamp()));
            await proxy.ReadyAsync();
        }

        await load.StopAsync();
        var missing = await consumer.MissingAsync(load.Accepted, DrainBound);
        Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(15)));

        var again = Repetition.Read(consumer.Deliveries, kills, FlushWindow);
        output.WriteLine(
            $"{Rounds} kills: {load.Posts} posts, {load.Accepted.Count} updates acknowledged with 200, {consumer.AcknowledgedCount} delivered, "
            + $"{missing.Count} missing, {again.Inside} repeated inside the flush window, {again.Outside.Count} outside it, "
            + $"{again.OutOfOrder.Count} out of order, longest time from acknowledgement to a kill that repeated it "
            + $"{again.LongestMs:F0} ms");
        Assert.True(load.Accepted.Count > Rounds, "hardly any update was taken: this was no load");
        Assert.True(missing.Count == 0, $"acknowledged to Telegram but never delivered: {Some(missing)}\n{proxy.Log}");
        Assert.True(again.Outside.Count == 0, $"delivered again though flushed: {Some(again.Outside)}");
        Assert.True(again.OutOfOrder.Count == 0, $"overtaken in their chat: {Some(again.OutOfOrder)}");
    }

    [Fact]
    public async Task A_stop_under_load_ends_with_zero_and_doubles_nothing()
    {
        using var folder = new TempFolder();
        await using var consumer = new Consumer { DelayMs = 5 };
        await consumer.UpAsync();
        var config = new ProxyConfig(Ports.Free(), folder.Sub("data"), consumer.Url);
        using var proxy = ProxyProcess.In(folder, config);
        using var client = new WebhookClient(config.Port);
        var load = new Load(client, posters: 8, chatsPerPoster: 25, pauseMs: 4);

        await proxy.StartAsync();
        load.Start();
        var slowest = TimeSpan.Zero;
        for (var round = 0; round < 5; round++)
        {
            await Task.Delay(1000);
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(15)));
            var took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
            await proxy.StartAsync();
        }

        await load.StopAsync();
        var missing = await consumer.MissingAsync(load.Accepted, DrainBound);
        Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(15)));

        var again = Repetition.Read(consumer.Deliveries, [], FlushWindow);
        output.WriteLine(
            $"5 stops: {load.Accepted.Count} updates acknowledged with 200, {consumer.AcknowledgedCount} delivered, {missing.Count} missing, "
            + $"{again.Outside.Count} doubled, {again.OutOfOrder.Count} out of order, slowest stop {slowest.TotalMilliseconds:F0} ms");
        Assert.True(missing.Count == 0, $"acknowledged to Telegram but never delivered: {Some(missing)}\n{proxy.Log}");
        Assert.True(again.Outside.Count == 0, $"delivered twice: {Some(again.Outside)}\n{proxy.Log}");
        Assert.True(again.OutOfOrder.Count == 0, $"overtaken in their chat: {Some(again.OutOfOrder)}");
    }

    private static string Some(List<long> ids) => $"{ids.Count}: {string.Join(", ", ids.Take(20))}";
}

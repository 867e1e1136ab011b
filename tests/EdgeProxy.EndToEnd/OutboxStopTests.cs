using System.Diagnostics;
using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>Stops and full disks: neither is a reason for a doubt, a loss or a second send.</summary>
public sealed class OutboxStopTests(ITestOutputHelper output)
{
    private const int PostersCount = 6;

    [Fact]
    public async Task Five_stops_under_load_end_with_zero_and_leave_nothing_unknown_or_sent_twice()
    {
        const int Messages = 600;
        using var folder = new TempFolder();
        await using var telegram = await StartAsync(latencyMs: 40);
        // Some wait for a 429 to pass when the stop comes.
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Flood, RetryAfter = 2, Probability = 0.02 });
        using var proxy = OutboxProxy.In(folder, telegram.Url, lanes: new { PrivatePerSecond = 50, PrivateBurst = 50, PerSecond = 100, Burst = 20 });
        using var client = new OutboxClient(proxy.BaseAddress);
        using var posters = new Posters(client);
        var letters = Start(posters, Messages, chats: 60);
        var slowest = TimeSpan.Zero;

        await proxy.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            posters.Release(Messages / 5);
            await Task.Delay(500);
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(15)));
            var took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
            await proxy.StartAsync();
        }

        await posters.EndAsync(TimeSpan.FromSeconds(60));
        await client.DrainAsync(TimeSpan.FromSeconds(60));
        var counts = await new OutboxJudge(telegram, [], []).JudgeAsync(client, letters, posters.Ids);
        output.WriteLine($"5 stops, the slowest {slowest.TotalMilliseconds:F0} ms | {posters.Posts} posts, {posters.Repeats} repetitions");
        output.WriteLine(counts.ToString());
        Assert.Empty(posters.Wrong);
        counts.AssertRight(proxy.Log);
        Assert.Equal(Messages, counts.Of("sent"));
    }

    [Fact]
    public async Task A_stop_while_telegram_hangs_is_bounded_and_what_hangs_is_told_as_a_doubt()
    {
        using var folder = new TempFolder();
        await using var telegram = await StartAsync(latencyMs: 0);
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.LatencyAfter, LatencyMs = 60_000, ChatId = 1 });
        using var proxy = OutboxProxy.In(folder, telegram.Url);
        using var client = new OutboxClient(proxy.BaseAddress);
        await proxy.StartAsync();
        var hangs = (await client.PostAsync(Letter.Of("hangs", 0, 1).Json)).Id;
        var waits = (await client.PostAsync(Letter.Of("waits", 0, 1).Json)).Id;
        while (telegram.Sends.Count == 0)
            await Task.Delay(10);

        Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(15)));
        telegram.Faults.Clear();
        await proxy.StartAsync();

        await client.UntilAsync(hangs, "unknown", TimeSpan.FromSeconds(5));
        await client.UntilAsync(waits, "sent", TimeSpan.FromSeconds(15));
        Assert.Equal(["hangs", "waits"], telegram.Sends.Snapshot().Select(send => send.Text));
    }

    [RootFact]
    public async Task A_full_disk_is_503_with_retry_after_and_heals_without_a_restart()
    {
        const int Messages = 20_000;
        using var folder = new TempFolder();
        var mount = folder.Sub("tmpfs");
        using var disk = new Tmpfs(mount, "256m");
        await using var telegram = await StartAsync(latencyMs: 100);
        var data = Directory.CreateDirectory(Path.Combine(mount, "data")).FullName;
        var lanes = new { PrivatePerSecond = 50, PrivateBurst = 50, PerSecond = 100, Burst = 20 };
        using var proxy = OutboxProxy.In(folder, telegram.Url, lanes: lanes, dataDir: data);
        using var client = new OutboxClient(proxy.BaseAddress);
        await proxy.StartAsync();
        var ids = new Dictionary<string, string>();
        var letters = new List<Letter>();

        // 1. Messages are on their way when somebody else takes the rest of the disk.
        var filler = Path.Combine(mount, "filler");
        var refused = new OutboxReply(0, null, default);
        for (var i = 0; i < Messages && refused.Status != 503; i++)
        {
            if (i == 200)
                Fill(filler);
            letters.Add(Letter.Of($"f-{i}", 0, 3000 + (i % 40)));
            var reply = await client.PostAsync(letters[i].Json, letters[i].Marker);
            if (reply.Status == 202)
                ids.Add(letters[i].Marker, reply.Id);
            else
                refused = reply;
        }

        output.WriteLine($"{ids.Count} messages taken before the disk was full, then {refused.Status}, Retry-After {refused.RetryAfterS}");
        Assert.Equal(503, refused.Status);
        Assert.NotInRange(refused.RetryAfterS ?? 0, int.MinValue, 0);

        await proxy.UntilAsync("/readyz", 503, TimeSpan.FromSeconds(10));
        var atTelegram = telegram.Sends.Count;

        // 2. Space again: the same request is taken by the same process, and everything that was accepted goes out once.
        File.Delete(filler);
        var last = letters[^1];
        var attempts = 0;
        while (!ids.ContainsKey(last.Marker) && attempts++ < 200)
        {
            await Task.Delay(100);
            var reply = await client.PostAsync(last.Json, last.Marker);
            if (reply.Status is 200 or 202)
                ids.Add(last.Marker, reply.Id);
        }

        await client.DrainAsync(TimeSpan.FromSeconds(60));
        var counts = await new OutboxJudge(telegram, [], []).JudgeAsync(client, letters, ids);
        output.WriteLine($"healed after {attempts} attempts, {atTelegram} had left by then | {counts}");
        counts.AssertRight(proxy.Log);
        Assert.Equal(letters.Count, counts.Of("sent"));
        Assert.Equal(0, await proxy.StopAsync(TimeSpan.FromSeconds(15)));
    }

    private static async Task<FakeTelegram> StartAsync(int latencyMs)
    {
        var options = new FakeTelegramOptions { EnforceLimits = false, LatencyMs = latencyMs };
        options.Tokens.Add(OutboxProxy.TokenOf(0));
        return await FakeTelegram.StartAsync(options);
    }

    private static List<Letter> Start(Posters posters, int count, int chats)
    {
        List<Letter> letters = [.. Enumerable.Range(0, count).Select(i => Letter.Of($"s-{i}", 0, 2000 + (i % chats)))];
        foreach (var poster in letters.GroupBy(letter => letter.Chat % PostersCount))
            posters.Start(poster);
        return letters;
    }

    /// <summary>Writes until the disk is full, in ever smaller pieces: not one page is left.</summary>
    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var piece = 1024 * 1024; piece >= 4096; piece /= 4)
        {
            var zeros = new byte[piece];
            try
            {
                while (true)
                    file.Write(zeros);
            }
            catch (IOException)
            {
                // Full for pieces of this size.
            }
        }
    }
}

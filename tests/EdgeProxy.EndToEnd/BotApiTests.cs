using System.Diagnostics;
using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>
/// Unmodified bot frameworks and plain HTTP run one script twice: at a fake Telegram, and at the proxy with another fake Telegram behind
/// it. What they get must be the same byte for byte, and so must what arrived at the two Telegrams.
/// </summary>
public sealed class BotApiTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("grammy", 44)]
    [InlineData("telegraf", 37)]
    [InlineData("node-telegram-bot-api", 34)]
    [InlineData("raw", 37)]
    [InlineData("refusals", 8)]
    public async Task A_bot_gets_from_the_proxy_what_it_gets_from_telegram(string scenario, int steps)
    {
        using var folder = new TempFolder();
        await using var direct = await StartAsync();
        await using var behind = await StartAsync();
        using var proxy = SendingProxy.In(folder, behind.Url);
        await proxy.StartAsync();

        var started = Stopwatch.GetTimestamp();
        var expected = await RunAsync(scenario, direct.Url);
        var took = Stopwatch.GetElapsedTime(started);
        var actual = await RunAsync(scenario, proxy.BaseAddress.AbsoluteUri.TrimEnd('/'));

        output.WriteLine($"{scenario}: {expected.Length} steps, {took.TotalSeconds:F1} s directly, "
            + $"{(Stopwatch.GetElapsedTime(started) - took).TotalSeconds:F1} s with the proxy; {direct.Sends.Count} sends, "
            + $"{direct.Stats.UploadBytes} bytes up");
        Assert.Equal(steps, expected.Length);
        var differences = expected.Zip(actual).Where(pair => pair.First != pair.Second).ToList();
        Assert.True(
            differences.Count == 0 && expected.Length == actual.Length,
            $"{differences.Count} of {expected.Length} steps differ ({actual.Length} came):\n"
            + string.Join("\n", differences.Select(pair => $"  telegram: {Short(pair.First)}\n  proxy:    {Short(pair.Second)}")) + proxy.Log);
        await SameSendsAsync(direct, behind);
    }

    /// <summary>A call that its caller gave up may still be on its way, so the two records are compared until they agree, bounded.</summary>
    private static async Task SameSendsAsync(FakeTelegram direct, FakeTelegram behind)
    {
        var started = Stopwatch.GetTimestamp();
        while (direct.Sends.Count != behind.Sends.Count && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10))
            await Task.Delay(20);
        Assert.Equal(Sends(direct), Sends(behind));
        Assert.Equal(direct.Stats.UploadBytes, behind.Stats.UploadBytes);
    }

    private static List<string> Sends(FakeTelegram telegram) =>
        [.. telegram.Sends.Snapshot().Select(send => (send with { Number = 0, AtUnixMs = 0 }).ToString()).Order(StringComparer.Ordinal)];

    private static async Task<FakeTelegram> StartAsync()
    {
        // The clock stands still, so that dates are the same. Nothing here is about limits: every step has a chat of its own.
        var options = new FakeTelegramOptions { EnforceLimits = false, Clock = new FrozenClock(DateTimeOffset.UnixEpoch.AddYears(55)) };
        options.Tokens.Add(ProxyConfig.Token);
        var telegram = await FakeTelegram.StartAsync(options);
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Blocked, ChatId = 403001 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Blocked, ChatId = -1000000403002 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.BadRequest, ChatId = 400001, Description = "TOPIC_CLOSED" });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.NotFound, ChatId = 404001 });
        telegram.Faults.Add(new FaultRule { Kind = FaultKind.Latency, ChatId = 7001, LatencyMs = 20_000 });
        return telegram;
    }

    private static async Task<string[]> RunAsync(string scenario, string root)
    {
        var script = Path.Combine(Binary.Root, "tests", "EdgeProxy.EndToEnd", "npm", $"botapi-{scenario}.mjs");
        Assert.True(Directory.Exists(Path.Combine(Path.GetDirectoryName(script)!, "node_modules")), "the frameworks are not installed: tests/run.sh does it");
        var result = await Tool.RunAsync(Bound, "node", script, root, ProxyConfig.Token);
        Assert.True(result.ExitCode == 0 && result.Error == "", result.ToString());
        return result.Output.TrimEnd().Split('\n');
    }

    private static string Short(string line) => line.Length <= 900 ? line : $"{line[..900]}… ({line.Length} characters)";
}

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>The sizes that Telegram allows at the most, under the memory bounds.</summary>
public sealed class LargeTests(ITestOutputHelper output)
{
    private const long LargestFile = 2_000L * 1024 * 1024;
    private const long MemoryMax = 256L * 1024 * 1024;
    private const int Accounts = 50;
    private const int Members = 100_000;
    private const int Seed = 11;

    [SlowFact]
    public async Task A_file_of_2000_MiB_goes_up_and_down_in_less_than_256_MB()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync();
        var expected = NoiseStream.Sha256(LargestFile, Seed);
        var id = await rig.BeginAsync("files", new { chat_id = chat, name = "largest.bin", size = LargestFile });
        var started = Stopwatch.GetTimestamp();
        using var bytes = new NoiseStream(LargestFile, Seed);
        var put = await rig.Api.PutAsync(id, 0, bytes);
        Assert.True(put.Status == 200, $"{put.Status} {put.Body}\n{rig.Proxy.Log}");
        MtprotoRig.AssertDone(await rig.EndOfAsync(id));
        Report(rig, "up", started);
        var message = Assert.Single((await rig.ControlAsync("GET", "/messages")).EnumerateArray());
        Assert.Equal(expected, message.GetProperty("file").GetProperty("sha256").GetString());

        started = Stopwatch.GetTimestamp();
        using var reply = await rig.Api.OpenAsync($"groups/{chat}/messages/{message.GetProperty("id").GetInt32()}/file");
        Assert.Equal(expected, Convert.ToHexStringLower(await SHA256.HashDataAsync(await reply.Content.ReadAsStreamAsync())));
        Report(rig, "down", started);
        Assert.InRange(rig.Proxy.PeakResidentBytes(), 1, MemoryMax);
        Assert.InRange(SidecarPeakBytes(rig), 1, MemoryMax);
    }

    [SlowFact]
    public async Task Fifty_accounts_work_in_one_sidecar()
    {
        await using var rig = await MtprotoRig.StartAsync();
        var made = await rig.ControlAsync("POST", "/accounts", new { phone = MtprotoRig.Phone, username = "owner", count = Accounts, session = true });
        var started = Stopwatch.GetTimestamp();
        var names = made.GetProperty("accounts").EnumerateArray().Select((account, number) => (Name: $"a{number}", Account: account)).ToList();
        foreach (var (name, account) in names)
        {
            var session = account.GetProperty("session").GetProperty("text").GetString();
            Assert.Equal(201, (await rig.Api.PostAsync("accounts", new { name, session })).Status);
        }

        Report(rig, "imported", started);
        await rig.RestartKilledAsync();
        started = Stopwatch.GetTimestamp();
        var topics = new[] { new { title = "One" }, new { title = "Two" } };
        var jobs = await Task.WhenAll(names.Select(one => rig.JobAsync("POST", "groups", new { account = one.Name, title = "Of " + one.Name, topics })));
        Assert.All(jobs, MtprotoRig.AssertDone);
        Report(rig, "a group with two topics by each", started);
        var state = await rig.ControlAsync("GET", "/state");
        Assert.Equal((Accounts, 2 * Accounts), (state.GetProperty("groups").GetInt32(), state.GetProperty("topics").GetInt32()));
        Assert.InRange(SidecarPeakBytes(rig), 1, MemoryMax);
    }

    [SlowFact]
    public async Task A_hundred_thousand_members_are_exported()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync(forum: false, members: Members);
        var started = Stopwatch.GetTimestamp();
        using var reply = await rig.Api.OpenAsync($"groups/{chat}/members");
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        var seen = new HashSet<long>();
        JsonElement last = default;
        while (await reader.ReadLineAsync() is { } line)
        {
            last = JsonDocument.Parse(line).RootElement;
            if (last.TryGetProperty("user", out var user))
                Assert.True(seen.Add(user.GetProperty("user_id").GetInt64()), line);
        }

        Report(rig, $"{await rig.CallsAsync("channels.getParticipants")} pages", started);
        Assert.True(last.GetProperty("complete").GetBoolean(), last.ToString());
        Assert.Equal(Members + 1, seen.Count);
    }

    private static long SidecarPeakBytes(MtprotoRig rig)
    {
        var line = File.ReadLines($"/proc/{rig.SidecarPid}/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    private void Report(MtprotoRig rig, string what, long started)
    {
        var (edge, sidecar) = (rig.Proxy.PeakResidentBytes() >> 20, SidecarPeakBytes(rig) >> 20);
        output.WriteLine($"{what}: {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s; peak RSS: edgeproxy {edge} MiB, sidecar {sidecar} MiB");
    }
}

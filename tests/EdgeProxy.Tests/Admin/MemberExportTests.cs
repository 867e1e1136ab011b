using System.Globalization;
using System.Text.Json;

namespace EdgeProxy.Tests.Admin;

public sealed class MemberExportTests
{
    [Fact]
    public async Task A_group_beyond_ten_thousand_is_exported_whole_and_nobody_twice()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Add(-1001, "large");
        rig.Sidecar.Members = new FakeMembers(People(31_000));
        List<JsonElement> lines = await ExportAsync(rig, "");
        List<long> users = Users(lines);
        Assert.Equal(31_000, users.Distinct().Count());
        Assert.Equal(users.Count, users.Distinct().Count());
        JsonElement end = lines[^1];
        Assert.True(end.GetProperty("end").GetBoolean() && end.GetProperty("complete").GetBoolean(), end.ToString());
    }

    [Fact]
    public async Task A_cursor_takes_an_export_up_behind_what_was_received_also_after_a_restart()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Add(-1001, "group");
        rig.Sidecar.Members = new FakeMembers(People(12_000));
        List<JsonElement> all = await ExportAsync(rig, "");
        int cut = all.FindIndex(Math.Max(0, all.Count - 900), line => line.TryGetProperty("cursor", out _));
        string cursor = all[cut].GetProperty("cursor").GetString()!;
        await rig.RestartAsync();
        List<JsonElement> rest = await ExportAsync(rig, "?cursor=" + cursor);
        Assert.Equal(Users(all).Order(), Users(all[..cut]).Concat(Users(rest)).Order());
        Assert.True(rest[^1].GetProperty("complete").GetBoolean());
        using HttpResponseMessage foreign = await rig.OpenAsync("/groups/-1002/members?cursor=" + cursor);
        Assert.Equal(400, (int)foreign.StatusCode);
    }

    [Fact]
    public async Task A_long_flood_wait_ends_the_stream_with_its_cursor()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Add(-1001, "group");
        rig.Sidecar.Members = new FakeMembers(People(1_000));
        int calls = 0;
        rig.Sidecar.Script = _ => Interlocked.Increment(ref calls) switch
        {
            2 => Fault.FloodBrief,
            5 => Fault.FloodHour,
            _ => Fault.None,
        };
        List<JsonElement> begun = await ExportAsync(rig, "");
        Assert.Equal(3600, begun[^1].GetProperty("retry_after_s").GetInt32());
        List<JsonElement> rest = await ExportAsync(rig, "?cursor=" + begun[^1].GetProperty("cursor").GetString());
        List<long> users = [.. Users(begun), .. Users(rest)];
        Assert.Equal(1_000, users.Count);
        Assert.Equal(1_000, users.Distinct().Count());
    }

    private static async Task<List<JsonElement>> ExportAsync(AdminRig rig, string query)
    {
        using HttpResponseMessage response = await rig.OpenAsync("/groups/-1001/members" + query);
        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        string text = await response.Content.ReadAsStringAsync();
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
    }

    private static List<long> Users(IEnumerable<JsonElement> lines) =>
        [.. lines.Where(line => line.TryGetProperty("user", out _)).Select(line => line.GetProperty("user").GetProperty("user_id").GetInt64())];

    /// <summary>Names of several scripts; one beginning alone has more than Telegram gives for it.</summary>
    private static List<(long Id, string First, string Last)> People(int count)
    {
        string[] beginnings = ["Anna", "Annika", "Boris", "Олег", "Їжак", "Ζωή", "دانا", "Ada"];
        var people = new List<(long, string, string)>();
        for (int i = 0; i < count; i++)
        {
            string first = i % 2 == 0 ? "Mario" : beginnings[i % beginnings.Length];
            people.Add((1_000_000 + i, first + (char)('a' + (i % 26)), ((char)('a' + (i / 26 % 26))).ToString(CultureInfo.InvariantCulture) + i));
        }

        return people;
    }
}

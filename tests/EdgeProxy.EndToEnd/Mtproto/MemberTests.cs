using System.Globalization;
using System.Text.Json;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>The export of members of a group that is larger than one list of Telegram's.</summary>
public sealed class MemberTests
{
    private const int Members = 12_000;

    [Fact]
    public async Task Every_member_is_exported_once_with_role_rank_and_joined_date_and_a_cut_export_goes_on()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync(forum: false, members: Members);
        await rig.ControlAsync("POST", "/bots", new { username = "good_bot" });
        MtprotoRig.AssertDone(await rig.JobAsync("POST", $"groups/{chat}/bots", new { bots = new[] { new { bot = "good_bot", rank = "helper" } } }));
        await rig.FaultAsync(new { method = "channels.getParticipants", kind = "flood_wait", seconds = 1, nth = 20 });

        var lines = new List<JsonElement>();
        var cursor = await ReadAsync(rig, $"groups/{chat}/members", lines, 3_000);
        Assert.NotNull(cursor);
        await rig.RestartKilledAsync();
        await ReadAsync(rig, $"groups/{chat}/members?cursor={cursor}", lines, int.MaxValue);

        var end = lines[^1];
        Assert.True(end.GetProperty("complete").GetBoolean(), end.ToString());
        var members = lines.Where(line => line.TryGetProperty("user", out _)).ToList();
        Assert.Equal(Members + 2, members.Count);
        Assert.Equal(Members + 2, members.Select(member => member.GetProperty("user").GetProperty("user_id").GetInt64()).Distinct().Count());
        Assert.Equal("creator", members.Single(member => Name(member) == "owner").GetProperty("role").GetString());
        var bot = members.Single(member => Name(member) == "good_bot");
        Assert.Equal(("admin", "helper"), (bot.GetProperty("role").GetString(), bot.GetProperty("rank").GetString()));
        Assert.All(
            members.Where(member => member.GetProperty("role").GetString() == "member"),
            member => DateTimeOffset.Parse(member.GetProperty("joined_at").GetString()!, CultureInfo.InvariantCulture));
    }

    private static string? Name(JsonElement member) => member.GetProperty("user").GetProperty("username").GetString();

    /// <summary>Reads until the end, or until so many lines are there and a cursor comes; the last cursor.</summary>
    private static async Task<string?> ReadAsync(MtprotoRig rig, string path, List<JsonElement> lines, int enough)
    {
        using var reply = await rig.Api.OpenAsync(path);
        Assert.True(reply.IsSuccessStatusCode, $"{reply.StatusCode}");
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        string? cursor = null;
        while (await reader.ReadLineAsync() is { } line)
        {
            var json = JsonDocument.Parse(line).RootElement;
            if (!json.TryGetProperty("cursor", out var at) || json.TryGetProperty("error", out _))
            {
                lines.Add(json);
                continue;
            }

            cursor = at.GetString();
            if (lines.Count >= enough)
                return cursor;
        }

        return cursor;
    }
}

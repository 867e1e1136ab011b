using System.Text.Json;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>Groups, bots, photos and topics, from the API to the data centre.</summary>
public sealed class GroupTests
{
    /// <summary>The smallest thing that begins like a JPEG; the data centre keeps bytes and looks at none.</summary>
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, .. new byte[2000]];

    [Fact]
    public async Task A_company_group_is_made_in_one_call_and_a_bot_that_fails_undoes_nothing()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        await rig.ControlAsync("POST", "/bots", new { username = "good_bot" });
        await rig.ControlAsync("POST", "/bots", new { username = "shy_bot", no_groups = true });
        await rig.ControlAsync("POST", "/bots", new { username = "late_bot" });
        var company = new
        {
            title = "Acme",
            about = "Acme and we",
            photo = Convert.ToBase64String(Photo),
            bots = new object[]
            {
                new { bot = "@good_bot", rank = "front desk", rights = new[] { "manage_topics", "pin_messages" } },
                new { bot = "@shy_bot" },
                new { bot = "@late_bot" },
            },
            topics = new object[] { new { title = "Orders", icon_emoji = "💰" }, new { title = "Support" } },
        };
        const string key = "company-acme";
        var id = await rig.BeginAsync("groups", company, key);
        var job = await rig.EndOfAsync(id);
        Assert.Equal("partial", job.GetProperty("state").GetString());
        Assert.Equal(["done", "done", "done", "failed", "done", "done", "done"], Steps(job, "state"));
        var refused = job.GetProperty("steps")[3];
        Assert.Equal("@shy_bot", refused.GetProperty("target").GetString());
        Assert.Equal("BOT_GROUPS_BLOCKED", refused.GetProperty("error").GetProperty("telegram_error").GetString());

        var group = await rig.OnlyGroupAsync();
        Assert.Equal(("Acme", "Acme and we", true), (Text(group, "title"), Text(group, "about"), group.GetProperty("forum").GetBoolean()));
        Assert.Equal(job.GetProperty("chat_id").GetInt64(), group.GetProperty("chat_id").GetInt64());
        Assert.Equal(Photo.Length, group.GetProperty("photo").GetProperty("size").GetInt32());
        Assert.Equal(["good_bot", "late_bot"], group.GetProperty("bots").EnumerateArray().Select(bot => bot.GetString()));
        var admin = group.GetProperty("admins").EnumerateArray().Single(one => Text(one, "username") == "good_bot");
        Assert.Equal("front desk", Text(admin, "rank"));
        Assert.Equal(["manage_topics", "pin_messages"], admin.GetProperty("rights").EnumerateArray().Select(right => right.GetString()).Order());
        var topics = group.GetProperty("topics").EnumerateArray().ToList();
        Assert.Equal(["Orders", "Support"], topics.Select(topic => Text(topic, "title")));
        Assert.Equal(await IconAsync(rig, "💰"), topics[0].GetProperty("icon_emoji_id").GetInt64());

        // The same request again is the same job; another under its key is refused.
        Assert.Equal(id, await rig.BeginAsync("groups", company, key));
        var other = await rig.Api.CallAsync("POST", "groups", new { title = "Other" }, key);
        Assert.True(other.Status is 409 or 422, $"{other.Status} {other.Body}");
        Assert.Equal(1, await rig.CallsAsync("channels.createChannel"));
        Assert.Equal(400, (await rig.Api.CallAsync("POST", "groups", company)).Status);
    }

    [Fact]
    public async Task Photo_and_bots_come_to_a_group_that_is_there()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync();
        await rig.ControlAsync("POST", "/bots", new { username = "good_bot" });
        MtprotoRig.AssertDone(await rig.JobAsync("POST", $"groups/{chat}/photo", new { photo = Convert.ToBase64String(Photo) }));
        var bots = await rig.JobAsync("POST", $"groups/{chat}/bots", new { bots = new[] { new { bot = "nobody_bot" }, new { bot = "good_bot" } } });
        Assert.Equal(["failed", "done"], Steps(bots, "state"));
        var group = await rig.GroupAsync(chat);
        Assert.Equal(JsonValueKind.Object, group.GetProperty("photo").ValueKind);
        Assert.Equal("good_bot", Assert.Single(group.GetProperty("bots").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task Topics_are_made_changed_listed_and_deleted()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync();
        var made = await rig.JobAsync("POST", $"groups/{chat}/topics", new { title = "Plans", icon_emoji = "💡" });
        MtprotoRig.AssertDone(made);
        var topic = made.GetProperty("steps")[0].GetProperty("result").GetProperty("topic_id").GetInt32();
        var path = $"groups/{chat}/topics/{topic}";

        async Task<JsonElement> AfterAsync(object change)
        {
            MtprotoRig.AssertDone(await rig.JobAsync("PATCH", path, change));
            return Assert.Single((await rig.GroupAsync(chat)).GetProperty("topics").EnumerateArray());
        }

        Assert.Equal("Ideas", Text(await AfterAsync(new { title = "Ideas" }), "title"));
        Assert.Equal(await IconAsync(rig, "🔥"), (await AfterAsync(new { icon_emoji = "🔥" })).GetProperty("icon_emoji_id").GetInt64());
        Assert.Equal(0, (await AfterAsync(new { icon_emoji = (string?)null })).GetProperty("icon_emoji_id").GetInt64());
        Assert.True((await AfterAsync(new { closed = true })).GetProperty("closed").GetBoolean());
        Assert.False((await AfterAsync(new { closed = false })).GetProperty("closed").GetBoolean());

        var strange = await rig.JobAsync("PATCH", path, new { icon_emoji = "🦔" });
        Assert.Equal("failed", Text(strange, "state"));
        var list = await rig.Api.CallAsync("GET", $"groups/{chat}/topics");
        var listed = list.Body.GetProperty("topics").EnumerateArray().Single(one => one.GetProperty("topic_id").GetInt32() == topic);
        Assert.Equal("Ideas", Text(listed, "title"));
        var icons = await rig.Api.CallAsync("GET", "topic-icons");
        Assert.Equal(24, icons.Body.GetProperty("icons").GetArrayLength());

        MtprotoRig.AssertDone(await rig.JobAsync("DELETE", path));
        Assert.Equal(0, (await rig.GroupAsync(chat)).GetProperty("topics").GetArrayLength());
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static IEnumerable<string?> Steps(JsonElement job, string name) => job.GetProperty("steps").EnumerateArray().Select(step => Text(step, name));

    private static async Task<long> IconAsync(MtprotoRig rig, string emoji) =>
        (await rig.ControlAsync("GET", "/icons")).EnumerateArray().Single(icon => Text(icon, "emoji") == emoji).GetProperty("id").GetInt64();
}

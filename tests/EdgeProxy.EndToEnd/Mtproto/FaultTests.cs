using System.Globalization;
using System.Text.Json;
using EdgeProxy.EndToEnd.Harness;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>
/// What Telegram, the line and kill -9 do to a job: it ends by itself, and the data centre has counted every thing exactly once.
/// </summary>
public sealed class FaultTests
{
    private const long UploadBytes = 200 * 1024 * 1024;
    private static readonly string[] Topics = ["One", "Two", "Three", "Four"];

    private static readonly object Company = new
    {
        title = "Acme",
        photo = Convert.ToBase64String([0xFF, 0xD8, 0xFF, 0xE0, .. new byte[500]]),
        bots = new[] { new { bot = "good_bot" } },
        topics = Topics.Select(title => new { title }).ToArray(),
    };

    [Fact]
    public async Task A_flood_wait_stops_its_job_alone_until_retry_at()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var (slow, quick) = (await rig.NewGroupAsync("Slow"), await rig.NewGroupAsync("Quick"));
        await rig.FaultAsync(new { method = "messages.createForumTopic", peer = MtprotoRig.BareId(slow), kind = "flood_wait", seconds = 4 });
        var waiting = await rig.BeginAsync($"groups/{slow}/topics", new { title = "Waits" });
        await rig.UntilAsync(async () => (await JobNowAsync(rig, waiting)).GetProperty("state").GetString() == "waiting", "the flood wait");
        var job = await JobNowAsync(rig, waiting);
        var retryAt = DateTimeOffset.Parse(job.GetProperty("retry_at").GetString()!, CultureInfo.InvariantCulture);
        var asked = DateTimeOffset.Parse(job.GetProperty("updated_at").GetString()!, CultureInfo.InvariantCulture);
        Assert.InRange((retryAt - asked).TotalSeconds, 2, 6);
        MtprotoRig.AssertDone(await rig.JobAsync("POST", $"groups/{quick}/topics", new { title = "Goes on" }));
        Assert.Equal("waiting", (await JobNowAsync(rig, waiting)).GetProperty("state").GetString());
        var end = await rig.EndOfAsync(waiting);
        MtprotoRig.AssertDone(end);
        Assert.Equal(0, end.GetProperty("steps")[0].GetProperty("attempts").GetInt32());
        Assert.Single((await rig.GroupAsync(slow)).GetProperty("topics").EnumerateArray());
    }

    [Theory]
    [InlineData("drop_before", "nothing")]
    [InlineData("drop_after", "nothing")]
    [InlineData("drop_after", "answer")]
    [InlineData("drop_after", "session")]
    public async Task A_connection_that_drops_doubles_nothing(string kind, string lose)
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        await rig.ControlAsync("POST", "/bots", new { username = "good_bot" });
        string[] methods =
        [
            "channels.createChannel", "channels.editPhoto", "channels.inviteToChannel", "channels.editAdmin", "messages.createForumTopic",
            "messages.sendMessage",
        ];
        foreach (var method in methods)
            await rig.FaultAsync(new { method, kind, lose });
        var id = await rig.BeginAsync("groups", Company);
        await rig.UntilCalledAsync("messages.createForumTopic", 1);
        await rig.ControlAsync("POST", "/salts/rotate");
        var job = await rig.EndOfAsync(id);
        await AssertCompanyAsync(rig, job);
        await AssertLetterAsync(rig, job.GetProperty("chat_id").GetInt64());
        Assert.Equal(0, (await rig.ControlAsync("GET", "/state")).GetProperty("faults_waiting").GetInt32());
    }

    [Theory]
    [InlineData("channels.createChannel", false)]
    [InlineData("messages.createForumTopic", false)]
    [InlineData("channels.createChannel", true)]
    [InlineData("channels.editPhoto", true)]
    public async Task A_company_group_survives_kill_9(string method, bool killEdge)
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        await rig.ControlAsync("POST", "/bots", new { username = "good_bot" });

        // It is done at Telegram, and whoever asked for it is dead before the answer comes.
        await rig.FaultAsync(new { method, kind = "delay", ms = 1500 });
        var id = await rig.BeginAsync("groups", Company, "acme");
        await rig.UntilCalledAsync(method, 1);
        if (killEdge)
            await rig.RestartKilledAsync();
        else
            rig.KillSidecar();
        var job = await rig.EndOfAsync(id);
        await AssertCompanyAsync(rig, job);
        Assert.Equal(id, await rig.BeginAsync("groups", Company, "acme"));
        await AssertLetterAsync(rig, job.GetProperty("chat_id").GetInt64());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upload_of_200_MB_survives_kill_9(bool killEdge)
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync();
        var id = await rig.BeginAsync("files", new { chat_id = chat, name = "noise.bin", size = UploadBytes });
        Task broken = Task.CompletedTask;
        var isBroken = false;
        var offset = 0L;
        OutboxReply put;
        do
        {
            using var bytes = new NoiseStream(UploadBytes, seed: 3)
            {
                OnRead = position =>
                {
                    if (isBroken || position < UploadBytes / 2)
                        return;
                    isBroken = true;
                    if (killEdge)
                        broken = rig.RestartKilledAsync();
                    else
                        rig.KillSidecar();
                },
            };
            bytes.Position = offset;
            put = await rig.Api.PutAsync(id, offset, bytes);
            await broken;
            var job = await JobNowAsync(rig, id);
            offset = job.TryGetProperty("progress", out var progress) ? progress.GetProperty("bytes").GetInt64() : UploadBytes;
            // Killed alone, the sidecar is not noticed by who uploads.
            Assert.True(put.Status == 200 || (killEdge && put.Status is 0), $"{put.Status} {put.Body}\n{rig.Proxy.Log}");
        }
        while (put.Status != 200);

        Assert.True(isBroken);
        MtprotoRig.AssertDone(await rig.EndOfAsync(id));
        var message = Assert.Single((await rig.ControlAsync("GET", "/messages")).EnumerateArray());
        Assert.Equal(NoiseStream.Sha256(UploadBytes, seed: 3), message.GetProperty("file").GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task A_file_whose_answer_was_lost_is_sent_once()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync();
        await rig.FaultAsync(new { method = "messages.sendMedia", kind = "delay", ms = 1500 });
        var id = await rig.BeginAsync("files", new { chat_id = chat, name = "noise.bin", size = 100_000 });
        using var bytes = new NoiseStream(100_000, seed: 4);
        Assert.Equal(200, (await rig.Api.PutAsync(id, 0, bytes)).Status);
        await rig.UntilCalledAsync("messages.sendMedia", 1);
        rig.KillSidecar();
        MtprotoRig.AssertDone(await rig.EndOfAsync(id));
        Assert.Single((await rig.ControlAsync("GET", "/messages")).EnumerateArray());
    }

    [Fact]
    public async Task A_message_of_the_outbox_that_goes_over_mtproto_is_sent_once_whatever_dies()
    {
        await using var rig = await MtprotoRig.WithAccountAsync();
        var chat = await rig.NewGroupAsync();
        await rig.FaultAsync(new { method = "messages.sendMessage", kind = "delay", ms = 1500, times = 2 });
        var first = await rig.Api.CallAsync("POST", "/v1/messages", MtprotoRig.Letter(chat, "first"), "first");
        await rig.UntilCalledAsync("messages.sendMessage", 1);
        rig.KillSidecar();
        await UntilSentAsync(rig, first.Id);
        var second = await rig.Api.CallAsync("POST", "/v1/messages", MtprotoRig.Letter(chat, "second"), "second");
        await rig.UntilCalledAsync("messages.sendMessage", 3);
        await rig.RestartKilledAsync();
        await UntilSentAsync(rig, second.Id);
        Assert.Equal(["first", "second"], (await rig.ControlAsync("GET", "/messages")).EnumerateArray().Select(one => one.GetProperty("text").GetString()));
    }

    private static async Task<JsonElement> JobNowAsync(MtprotoRig rig, string id)
    {
        var reply = await rig.Api.CallAsync("GET", "jobs/" + id);
        Assert.True(reply.Status == 200, $"{reply.Status} {reply.Body}\n{rig.Proxy.Log}");
        return reply.Body;
    }

    /// <summary>One group with one photo, one bot, and each topic once.</summary>
    private static async Task AssertCompanyAsync(MtprotoRig rig, JsonElement job)
    {
        MtprotoRig.AssertDone(job);
        var group = await rig.OnlyGroupAsync();
        Assert.Equal(group.GetProperty("chat_id").GetInt64(), job.GetProperty("chat_id").GetInt64());
        Assert.Equal(Topics.Order(), group.GetProperty("topics").EnumerateArray().Select(topic => topic.GetProperty("title").GetString()).Order());
        Assert.Equal("good_bot", Assert.Single(group.GetProperty("bots").EnumerateArray()).GetString());
        var messages = await rig.ControlAsync("GET", $"/messages?group={group.GetProperty("id").GetInt64()}");
        var actions = messages.EnumerateArray().Select(one => one.GetProperty("action").GetString()).ToList();
        Assert.Single(actions, action => action == "messageActionChatEditPhoto");
        Assert.Single(actions, action => action == "messageActionChatAddUser");
    }

    private static async Task AssertLetterAsync(MtprotoRig rig, long chat)
    {
        var sent = await rig.Api.CallAsync("POST", "/v1/messages", MtprotoRig.Letter(chat, "hello"), "letter");
        Assert.True(sent.Status is 200 or 202, $"{sent.Status} {sent.Body}");
        await UntilSentAsync(rig, sent.Id);
        Assert.Single((await rig.ControlAsync("GET", "/messages")).EnumerateArray());
    }

    private static async Task UntilSentAsync(MtprotoRig rig, string id)
    {
        OutboxReply? last = null;
        await rig.UntilAsync(
            async () =>
            {
                last = await rig.Api.CallAsync("GET", "/v1/messages/" + id);
                Assert.False(last.Status == 200 && last.State is "unknown" or "failed", last.Body.ToString());
                return last.Status == 200 && last.State == "sent";
            },
            "the message " + id);
    }
}

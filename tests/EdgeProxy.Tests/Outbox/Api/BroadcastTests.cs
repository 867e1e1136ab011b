using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EdgeProxy.Outbox;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Outbox.Api;

public sealed class BroadcastTests
{
    private const string Head = """{"bot":"demo","name":"news","text":"Всем привет"}""";

    [Fact]
    public async Task Lines_are_loaded_counted_and_started()
    {
        var rates = new MessageApiSettings { RatePerSecond = (_, paid) => paid ? 1000 : 2 };
        await using ApiRig rig = await ApiRig.StartAsync(rates);
        await rig.OwnAsync();
        Answer posted = await PostLinesAsync(rig, Head + "\n7\n\"@Friends\"\r\n\n{\"chat_id\":-1001234567890}\n{\"kind\":\"group\",\"id\":5}\n7\n\"user:8\"");
        Assert.Equal(HttpStatusCode.Accepted, posted.Code);
        Assert.Equal("running", posted.Text("status"));
        Assert.Equal(5, posted.Json.GetProperty("recipients").GetInt64());
        Answer shown = await rig.GetAsync("/v1/broadcasts/" + posted.Id);
        Assert.Equal("news", shown.Text("name"));
        Assert.Equal(5, shown.Json.GetProperty("counts").GetProperty("queued").GetInt64());
        Assert.Equal(3, shown.Json.GetProperty("eta_s").GetInt64());
        Answer list = await rig.GetAsync("/v1/messages?broadcast=" + posted.Id);
        Assert.Equal(5, list.Json.GetProperty("messages").GetArrayLength());
        string id = list.Json.GetProperty("messages")[1].GetProperty("id").GetString()!;
        Answer message = await rig.GetAsync("/v1/messages/" + id);
        Assert.Equal("@friends", message.Json.GetProperty("params").GetProperty("chat_id").GetString());
        Assert.Equal("Всем привет", message.Json.GetProperty("params").GetProperty("text").GetString());
        Assert.Equal(posted.Id, message.Text("broadcast_id"));
        Answer all = await rig.GetAsync("/v1/broadcasts");
        Assert.Equal(posted.Id, all.Json.GetProperty("broadcasts")[0].GetProperty("id").GetString());
        (await rig.GetAsync("/v1/broadcasts/" + posted.Id, "other")).IsProblem(HttpStatusCode.Forbidden, "bot");
        Assert.Equal(0, (await rig.GetAsync("/v1/broadcasts", "other")).Json.GetProperty("broadcasts").GetArrayLength());
    }

    [Fact]
    public async Task A_list_is_read_the_same_way()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer posted = await rig.PostAsync("/v1/broadcasts", """
            {"bot":"demo","text":"x","reply_markup":{"chats":[1]},"paused":true, "chats" : [ 7, "@friends", {"chat_id": 9}, {"kind":"group","id":5} ] }
            """);
        Assert.True(posted.Code == HttpStatusCode.Accepted, posted.Json.ToString());
        Assert.Equal(("paused", 4), (posted.Text("status"), posted.Json.GetProperty("recipients").GetInt32()));
        Assert.Equal(JsonValueKind.Null, (await rig.GetAsync("/v1/broadcasts/" + posted.Id)).Json.GetProperty("eta_s").ValueKind);
        Assert.Equal("running", (await rig.PostAsync($"/v1/broadcasts/{posted.Id}/resume", "")).Text("status"));
        (await rig.PostAsync($"/v1/broadcasts/{posted.Id}/resume", "")).IsProblem(HttpStatusCode.Conflict, "status");
        Assert.Equal("paused", (await rig.PostAsync($"/v1/broadcasts/{posted.Id}/pause", "")).Text("status"));
        Assert.Equal("cancelled", (await rig.PostAsync($"/v1/broadcasts/{posted.Id}/cancel", "")).Text("status"));
        (await rig.PostAsync($"/v1/broadcasts/{posted.Id}/cancel", "")).IsProblem(HttpStatusCode.Conflict, "status");
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("nothing\n1", null)]
    [InlineData(Head, "chats")]
    [InlineData(Head + "\n\n\n", "chats")]
    [InlineData(Head + "\n7\nbob\n8\n{\"chat\":1}", "line 3")]
    [InlineData(Head + "\n0", "line 2")]
    [InlineData(Head + "\n7 8", "line 2")]
    [InlineData(Head + "\n{\"chat_id\":7,\"text\":\"own\"}", "line 2")]
    [InlineData("""{"bot":"demo","text":"x","chat_id":7}""" + "\n7", "chat_id")]
    [InlineData("""{"bot":"demo","text":"x","params":{"chat_id":7}}""" + "\n7", "params.chat_id")]
    [InlineData("""{"bot":"demo","text":"x","priority":"normal"}""" + "\n7", "priority")]
    [InlineData("""{"bot":"demo","method":"editMessageText","text":"x"}""" + "\n7", "method")]
    public async Task Wrong_lines_are_named_and_nothing_is_started(string body, string? field)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        (await PostLinesAsync(rig, body)).IsProblem(HttpStatusCode.BadRequest, field);
        foreach (JsonElement broadcast in (await rig.GetAsync("/v1/broadcasts")).Json.GetProperty("broadcasts").EnumerateArray())
        {
            Assert.Equal("cancelled", broadcast.GetProperty("status").GetString());
        }
    }

    [Theory]
    [InlineData("""{"bot":"demo","text":"x"}""", "chats")]
    [InlineData("""{"bot":"demo","text":"x","chats":7}""", "chats")]
    [InlineData("""{"bot":"demo","text":"x","chats":[]}""", "chats")]
    [InlineData("""{"bot":"demo","chats":[7],"text":"x"}""", "text")]
    [InlineData("""{"bot":"demo","text":"x","chats":[7],"paused":true}""", "chats")]
    [InlineData("""{"bot":"demo","text":"x","chats":[7,"bob"]}""", "chats[1]")]
    [InlineData("""{"bot":"demo","text":"x","chats":[7,[8]]}""", "chats[1]")]
    [InlineData("""{"bot":"demo","text":"x","chats":[7""", null)]
    [InlineData("""{"bot":"demo","text":"x","chats":[7]""", null)]
    [InlineData("""{"bot":"demo","text":"x","chats":[7]} 8""", null)]
    [InlineData("""[7]""", null)]
    public async Task A_wrong_list_is_named_and_nothing_is_started(string body, string? field)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        (await rig.PostAsync("/v1/broadcasts", body)).IsProblem(HttpStatusCode.BadRequest, field);
        foreach (JsonElement broadcast in (await rig.GetAsync("/v1/broadcasts")).Json.GetProperty("broadcasts").EnumerateArray())
        {
            Assert.Equal("cancelled", broadcast.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task Every_wrong_line_is_told_up_to_a_bound()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer some = await PostLinesAsync(rig, Head + "\n1\nx\n2\ny");
        some.IsProblem(HttpStatusCode.BadRequest, "line 3");
        Assert.Contains("line 3 ", some.Detail);
        Assert.Contains("line 5 ", some.Detail);
        Answer many = await PostLinesAsync(rig, Head + string.Concat(Enumerable.Repeat("\nx", 1000)));
        Assert.Contains("perhaps more", many.Detail);
        Assert.DoesNotContain("line 20 ", many.Detail);
    }

    [Fact]
    public async Task The_same_key_is_the_same_broadcast()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer first = await PostLinesAsync(rig, Head + "\n7\n8", "campaign");
        Answer again = await PostLinesAsync(rig, Head + "\n7\n8", "campaign");
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), (first.Code, again.Code));
        Assert.Equal(first.Id, again.Id);
        (await PostLinesAsync(rig, Head.Replace("привет", "пока") + "\n7", "campaign")).IsProblem(HttpStatusCode.Conflict, "idempotency_key");
        // One that was refused is cancelled, and stays so.
        (await PostLinesAsync(rig, Head + "\n7\nwrong", "second")).IsProblem(HttpStatusCode.BadRequest, "line 3");
        (await PostLinesAsync(rig, Head + "\n7", "second")).IsProblem(HttpStatusCode.Conflict, "idempotency_key");
    }

    [Fact]
    public async Task One_that_a_crash_left_loading_goes_on_under_its_key()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        using var draft = new MessageDraft();
        Assert.Null(MessageReader.Read(Encoding.UTF8.GetBytes(Head), broadcast: true, draft));
        draft.IdempotencyKey = "campaign";
        var check = new MessageCheck(new BotAccess(rig.Bots), new MessageApiSettings(), rig.Time);
        var request = new ApiRequest(new Microsoft.AspNetCore.Http.DefaultHttpContext(), ApiRig.Keys.Find("Bearer all-key")!);
        Assert.Null(check.Broadcast(request, draft, out NewBroadcast? broadcast));
        Acceptance begun = await rig.Store.CreateBroadcastAsync(broadcast!);
        Assert.Equal(AcceptOutcome.Accepted, await rig.Store.AddRecipientsAsync(begun.Id, [new ChatTarget(7, null)]));
        Answer posted = await PostLinesAsync(rig, Head + "\n7\n8", "campaign");
        Assert.Equal((HttpStatusCode.Accepted, begun.Id.ToString()), (posted.Code, posted.Id));
        Assert.Equal(2, posted.Json.GetProperty("recipients").GetInt32());
    }

    [Fact]
    public async Task A_hundred_thousand_chats_are_streamed_in_bounded_memory()
    {
        const int Chats = 100_000;
        await using ApiRig rig = await ApiRig.StartAsync();
        using var lines = new MemoryStream();
        lines.Write(Encoding.UTF8.GetBytes(Head + "\n"));
        for (int chat = 1; chat <= Chats; chat++) lines.Write(Encoding.ASCII.GetBytes($"{{\"chat_id\":{1_000_000 + chat}}}\n"));
        lines.Position = 0;
        using var content = new StreamContent(lines);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        Answer posted = await rig.SendAsync(HttpMethod.Post, "/v1/broadcasts", content);
        Assert.Equal(HttpStatusCode.Accepted, posted.Code);
        Assert.Equal(Chats, posted.Json.GetProperty("recipients").GetInt32());
    }

    [Fact]
    public async Task A_line_without_an_end_is_refused()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        (await PostLinesAsync(rig, Head + "\n" + new string('1', 3 * Limits.BroadcastBufferBytes))).IsProblem(HttpStatusCode.BadRequest, "line 2");
        (await PostLinesAsync(rig, new string(' ', 2 * Limits.CallBytesMax))).IsProblem(HttpStatusCode.BadRequest, "line 1");
        (await rig.PostAsync("/v1/broadcasts", """{"bot":"demo","text":"x","chats":[""" + new string('1', 3 * Limits.BroadcastBufferBytes)))
            .IsProblem(HttpStatusCode.BadRequest, "chats[0]");
    }

    private static Task<Answer> PostLinesAsync(ApiRig rig, string body, string? idempotencyKey = null)
    {
        var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return rig.SendAsync(HttpMethod.Post, "/v1/broadcasts", content, idempotencyKey: idempotencyKey);
    }
}

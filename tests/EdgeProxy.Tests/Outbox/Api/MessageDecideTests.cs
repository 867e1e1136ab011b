using System.Net;
using System.Text.Json;
using EdgeProxy.Outbox;

namespace EdgeProxy.Tests.Outbox.Api;

public sealed class MessageDecideTests
{
    [Fact]
    public async Task A_scheduled_message_can_be_cancelled_and_retried()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        string id = await rig.PostedAsync(more: ""","not_before":4000000000""".Replace("4000000000", Later(rig)));
        Answer cancelled = await rig.SendAsync(HttpMethod.Post, $"/v1/messages/{id}/cancel", null);
        Assert.Equal((HttpStatusCode.OK, "cancelled"), (cancelled.Code, cancelled.Text("status")));
        Assert.Equal(["accepted", "cancelled"], Outcomes(cancelled));
        Answer again = await rig.PostAsync($"/v1/messages/{id}/cancel", "");
        again.IsProblem(HttpStatusCode.Conflict, "status");
        Assert.Contains("cancelled", again.Detail);
        Answer retried = await rig.PostAsync($"/v1/messages/{id}/retry", "{}");
        Assert.Equal((HttpStatusCode.OK, "queued"), (retried.Code, retried.Text("status")));
        await rig.EndAsync(id, MessageState.Sent);
        Answer sent = await rig.GetAsync("/v1/messages/" + id);
        Assert.Equal("sent", sent.Text("status"));
        Assert.Equal(555, sent.Json.GetProperty("message_id").GetInt64());
        Assert.Equal(["accepted", "cancelled", "retried", "sent"], Outcomes(sent));
        (await rig.PostAsync($"/v1/messages/{id}/retry", "")).IsProblem(HttpStatusCode.Conflict, "status");
    }

    [Theory]
    [InlineData("sent", "sent")]
    [InlineData("resend", "queued")]
    [InlineData("drop", "failed")]
    public async Task A_doubt_is_resolved_by_hand(string decision, string status)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        string id = await rig.PostedAsync();
        (await rig.PostAsync($"/v1/messages/{id}/resolve", """{"as":"sent"}""")).IsProblem(HttpStatusCode.Conflict, "status");
        await rig.EndAsync(id, MessageState.Unknown);
        Answer retry = await rig.PostAsync($"/v1/messages/{id}/retry", "");
        retry.IsProblem(HttpStatusCode.Conflict, "status");
        Assert.Contains("resolve", retry.Detail);
        (await rig.PostAsync($"/v1/messages/{id}/resolve", """{"as":"maybe"}""")).IsProblem(HttpStatusCode.BadRequest, "as");
        (await rig.PostAsync($"/v1/messages/{id}/resolve", """{"how":"sent"}""")).IsProblem(HttpStatusCode.BadRequest, "how");
        Answer resolved = await rig.PostAsync($"/v1/messages/{id}/resolve", $$"""{"as":"{{decision}}"}""");
        Assert.Equal((HttpStatusCode.OK, status), (resolved.Code, resolved.Text("status")));
    }

    [Fact]
    public async Task Lists_filter_and_go_on_page_by_page()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        var ids = new List<string>();
        for (int chat = 1; chat <= 5; chat++) ids.Add(await rig.PostedAsync(chat));
        string foreign = await rig.PostedAsync(bot: "other");
        await rig.EndAsync(ids[1], MessageState.Failed, 400, "Bad Request: chat not found");
        await rig.EndAsync(ids[2], MessageState.Failed, 403, "Forbidden: bot was blocked by the user");
        Assert.Equal(ids, await PagesAsync(rig, "/v1/messages?limit=2&bot=demo"));
        Assert.Equal(ids, await PagesAsync(rig, "/v1/messages?limit=2", "read"));
        Assert.Equal([.. ids, foreign], await PagesAsync(rig, "/v1/messages?limit=2"));
        Assert.Equal([ids[1], ids[2]], await PagesAsync(rig, "/v1/messages?status=failed,unknown&limit=1"));
        Assert.Equal([ids[2]], await PagesAsync(rig, "/v1/messages?error_code=403"));
        Assert.Equal([ids[3]], await PagesAsync(rig, "/v1/messages?chat=user:4"));
        Assert.Equal([], await PagesAsync(rig, "/v1/messages?since=" + Later(rig)));
        Answer page = await rig.GetAsync("/v1/messages?error_code=400");
        Assert.Equal("Bad Request: chat not found", page.Json.GetProperty("messages")[0].GetProperty("error").GetString());
        Assert.False(page.Json.GetProperty("messages")[0].TryGetProperty("params", out _));
        (await rig.GetAsync("/v1/messages?bot=other", "read")).IsProblem(HttpStatusCode.Forbidden, "bot");
    }

    [Theory]
    [InlineData("status=lost", "status")]
    [InlineData("chat=nobody", "chat")]
    [InlineData("bot=nobody", "bot")]
    [InlineData("since=yesterday", "since")]
    [InlineData("error_code=bad", "error_code")]
    [InlineData("broadcast=1", "broadcast")]
    [InlineData("cursor=1", "cursor")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("state=failed", "state")]
    [InlineData("status=failed&status=sent", "status")]
    public async Task A_wrong_criterion_is_named(string query, string field)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        (await rig.GetAsync("/v1/messages?" + query)).IsProblem(HttpStatusCode.BadRequest, field);
    }

    [Fact]
    public async Task Bulk_decisions_change_what_the_filter_means_and_nothing_else()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        var ids = new List<string>();
        for (int chat = 1; chat <= 6; chat++) ids.Add(await rig.PostedAsync(chat));
        string foreign = await rig.PostedAsync(bot: "other");
        foreach (string id in (string[])[ids[0], ids[1], foreign]) await rig.EndAsync(id, MessageState.Failed, 400, "Bad Request");
        await rig.EndAsync(ids[2], MessageState.Failed, 403, "Forbidden");
        await rig.EndAsync(ids[3], MessageState.Unknown);
        await rig.EndAsync(ids[4], MessageState.Unknown);

        (await rig.PostAsync("/v1/messages/replay", "{}")).IsProblem(HttpStatusCode.BadRequest, "status");
        (await rig.PostAsync("/v1/messages/replay", """{"status":"sent"}""")).IsProblem(HttpStatusCode.BadRequest, "status");
        (await rig.PostAsync("/v1/messages/replay", """{"status":["failed","unknown"]}""")).IsProblem(HttpStatusCode.BadRequest, "confirm_resend");
        (await rig.PostAsync("/v1/messages/replay", """{"status":"failed","colour":1}""")).IsProblem(HttpStatusCode.BadRequest, "colour");
        Assert.Equal(1, await ChangedAsync(rig, "replay", """{"status":"failed","chat":2}"""));
        Assert.Equal("queued", await StatusAsync(rig, ids[1]));
        // The demo key reaches no message of the other bot.
        Assert.Equal(1, await ChangedAsync(rig, "replay", """{"status":"failed","error_code":400}""", "admin"));
        Assert.Equal("failed", await StatusAsync(rig, foreign));
        Assert.Equal(1, await ChangedAsync(rig, "drop", """{"status":"unknown","chat":"4"}"""));
        Assert.Equal("failed", await StatusAsync(rig, ids[3]));
        Assert.Equal(1, await ChangedAsync(rig, "replay", """{"status":"unknown","confirm_resend":true}"""));
        Assert.Equal("queued", await StatusAsync(rig, ids[4]));
        Assert.Equal(1, await ChangedAsync(rig, "drop", """{"status":"queued","chat":6}"""));
        Assert.Equal("cancelled", await StatusAsync(rig, ids[5]));
        Assert.Equal(3, await ChangedAsync(rig, "drop", """{"status":["failed","cancelled"],"bot":"demo"}"""));
        (await rig.GetAsync("/v1/messages/" + ids[5])).IsProblem(HttpStatusCode.NotFound, "id");
    }

    [Fact]
    public async Task A_message_is_deleted_only_when_it_has_ended()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        string id = await rig.PostedAsync();
        (await rig.SendAsync(HttpMethod.Delete, "/v1/messages/" + id, null)).IsProblem(HttpStatusCode.Conflict, "status");
        (await rig.SendAsync(HttpMethod.Delete, "/v1/messages/" + id, null, "send")).IsProblem(HttpStatusCode.Forbidden, "Authorization");
        await rig.EndAsync(id, MessageState.Sent);
        Assert.Equal(HttpStatusCode.NoContent, (await rig.SendAsync(HttpMethod.Delete, "/v1/messages/" + id, null)).Code);
        (await rig.GetAsync("/v1/messages/" + id)).IsProblem(HttpStatusCode.NotFound, "id");
    }

    private static string Later(ApiRig rig) =>
        rig.Time.GetUtcNow().AddDays(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static List<string?> Outcomes(Answer answer) =>
        [.. answer.Json.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("outcome").GetString())];

    private static async Task<string?> StatusAsync(ApiRig rig, string id) => (await rig.GetAsync("/v1/messages/" + id)).Text("status");

    private static async Task<long> ChangedAsync(ApiRig rig, string verb, string body, string key = "all")
    {
        Answer answer = await rig.PostAsync("/v1/messages/" + verb, body, key);
        Assert.True(answer.Code == HttpStatusCode.OK, answer.Json.ToString());
        return answer.Json.GetProperty("changed").GetInt64();
    }

    private static async Task<List<string>> PagesAsync(ApiRig rig, string path, string key = "all")
    {
        var ids = new List<string>();
        string? cursor = "";
        while (cursor is not null)
        {
            string separator = path.Contains('?') ? "&" : "?";
            Answer page = await rig.GetAsync(cursor.Length == 0 ? path : $"{path}{separator}cursor={cursor}", key);
            Assert.Equal(HttpStatusCode.OK, page.Code);
            foreach (JsonElement message in page.Json.GetProperty("messages").EnumerateArray()) ids.Add(message.GetProperty("id").GetString()!);
            cursor = page.Text("next_cursor");
        }

        return ids;
    }
}

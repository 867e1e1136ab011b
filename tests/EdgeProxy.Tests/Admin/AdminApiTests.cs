using System.Net;
using System.Text;
using System.Text.Json;
using EdgeProxy.Admin;
using EdgeProxy.Bots;
using EdgeProxy.Tests.Outbox.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Admin;

public sealed class AdminApiTests
{
    [Fact]
    public async Task Only_a_key_with_the_scope_admin_may_call()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (await rig.GetAsync("/jobs", "nobody")).IsProblem(HttpStatusCode.Unauthorized, "Authorization");
        (await rig.GetAsync("/jobs", "send")).IsProblem(HttpStatusCode.Forbidden, "Authorization");
        Assert.Equal(HttpStatusCode.OK, (await rig.GetAsync("/jobs")).Code);
    }

    [Theory]
    [InlineData("/groups", """{"about":"x"}""", "title")]
    [InlineData("/groups", """{"title":"x","titel":"y"}""", "titel")]
    [InlineData("/groups", """{"title":"x","bots":[{"bot":"@a_bot"},{"bot":"no bot"}]}""", "bots[1].bot")]
    [InlineData("/groups", """{"title":"x","bots":[{"bot":"@a_bot","rights":["fly"]}]}""", "bots[0].rights")]
    [InlineData("/groups", """{"title":"x","photo":"AAAA"}""", "photo")]
    [InlineData("/groups", """{"title":"\ud83d"}""", "title")]
    [InlineData("/groups", """{"title":"x","account":"../x"}""", "account")]
    [InlineData("/groups/abc/topics", """{"title":"x"}""", "chat")]
    [InlineData("/groups/-1001/topics", """{"topics":[{"title":"x","icon_color":1}]}""", "topics[0].icon_color")]
    [InlineData("/files", """{"chat_id":-1001,"name":"a","size":2097152001}""", "size")]
    [InlineData("/files?x=1", """{"chat_id":-1001,"name":"a","size":1}""", "x")]
    public async Task What_is_wrong_is_named(string path, string json, string field)
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        (await rig.PostAsync(path, json)).IsProblem(HttpStatusCode.BadRequest, field);
        Assert.Equal(0, rig.Sidecar.Calls);
    }

    [Fact]
    public async Task Accounts_are_passed_through_and_leave_no_secret_behind()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await rig.PostAsync("/accounts", """{"name":"ops","session":"1VerySecretSession"}""")).Code);
        Assert.Equal("1secret", (await rig.PostAsync("/accounts/ops/export", "")).Text("session"));
        await rig.PostAsync("/accounts/ops/login/password", """{"password":"VerySecretPassword"}""");
        (await rig.PostAsync("/accounts/OPS/export", "")).IsProblem(HttpStatusCode.BadRequest, "account");
        await rig.RestartAsync();
        foreach (string file in Directory.EnumerateFiles(rig.Folder, "state.db*"))
        {
            if (file.EndsWith(".lock", StringComparison.Ordinal)) continue;
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain("VerySecret", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_process_down_or_refusing_is_told_as_it_is()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await rig.GetAsync("/groups/-1009")).Code);
        rig.Sidecar.Script = _ => Fault.FloodHour;
        Answer flood = await rig.GetAsync("/groups/-1009/topics");
        Assert.Equal((HttpStatusCode.TooManyRequests, "application/problem+json"), (flood.Code, flood.MediaType));
        Assert.Equal(3600, flood.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        await rig.Sidecar.StopAsync();
        (await rig.GetAsync("/accounts")).IsProblem(HttpStatusCode.ServiceUnavailable, null);
    }

    [Fact]
    public async Task Without_configuration_the_answer_says_what_to_set()
    {
        var endpoint = new AdminEndpoint(new ApiKeyRing([]), null, TimeProvider.System, NullLogger.Instance);
        Assert.Empty(endpoint.Operations);
        Assert.Contains("Mtproto:Bundle", AdminProblems.Off.Detail, StringComparison.Ordinal);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        await using WebApplication app = builder.Build();
        app.UseRouting();
        endpoint.Map(app);
        await app.StartAsync();
        using var http = new HttpClient();
        // Who has no key learns not even that.
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri(app.Urls.Single() + "/v1/admin/groups"))).StatusCode);
    }

    [Fact]
    public async Task Jobs_are_listed_newest_first_page_by_page()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        rig.Sidecar.Add(-1001, "x");
        var ids = new List<string>();
        for (int i = 0; i < 5; i++) ids.Add(await rig.JobAsync("/groups/-1001/topics", $$"""{"title":"t{{i}}"}"""));
        foreach (string id in ids) await rig.UntilAsync(id, "done");
        var seen = new List<string>();
        string cursor = "";
        do
        {
            JsonElement page = (await rig.GetAsync("/jobs?limit=2&state=done" + cursor)).Json;
            seen.AddRange(page.GetProperty("jobs").EnumerateArray().Select(job => job.GetProperty("id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString() is { } next ? "&cursor=" + next : "";
        }
        while (cursor.Length > 0);
        ids.Reverse();
        Assert.Equal(ids, seen);
    }

    [Fact]
    public async Task Every_schema_that_is_named_is_described()
    {
        await using AdminRig rig = await AdminRig.StartAsync();
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("paths");
            rig.Endpoint.Describe(json, paths: true);
            json.WriteEndObject();
            json.WriteStartObject("schemas");
            rig.Endpoint.Describe(json, paths: false);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        string text = Encoding.UTF8.GetString(buffer.WrittenSpan);
        using JsonDocument document = JsonDocument.Parse(text);
        string[] shared = ["Problem", "Any"];
        foreach (System.Text.RegularExpressions.Match named in System.Text.RegularExpressions.Regex.Matches(text, "#/components/schemas/(\\w+)"))
        {
            string name = named.Groups[1].Value;
            Assert.True(shared.Contains(name) || document.RootElement.GetProperty("schemas").TryGetProperty(name, out _), name);
        }

        int described = document.RootElement.GetProperty("paths").EnumerateObject().Sum(path => path.Value.EnumerateObject().Count());
        Assert.Equal(rig.Endpoint.Operations.Count, described);
    }
}

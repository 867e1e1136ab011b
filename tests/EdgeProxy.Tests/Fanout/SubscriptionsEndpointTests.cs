using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Configuration;
using EdgeProxy.Fanout;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Fanout;

/// <summary>The API of subscriptions over a real state file and real deliveries.</summary>
public sealed class SubscriptionsEndpointTests
{
    private const string Admin = "admin-key-of-the-shop-bot";
    private const string Sender = "sender-key-that-may-not-admin";
    private const string Path = "/v1/bots/shop/subscriptions";

    [Fact]
    public async Task Put_look_change_remove()
    {
        await WithServerAsync(async (client, rig) =>
        {
            Consumer consumer = await rig.ConsumerAsync(), other = await rig.ConsumerAsync();
            rig.Put(1, "before");
            HttpResponseMessage made = await PutAsync(client, "crm", $$"""
                {"url":"{{consumer.Url}}","secret":"s3cret","kinds":["message","chat_member"],"chat_types":["private"],"except_commands":["/start"],
                 "max_in_flight":7,"timeout_ms":1500}
                """);
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
            JsonElement one = await JsonAsync(made);
            Assert.Equal(("crm", "shop", "api"), (Text(one, "name"), Text(one, "bot"), Text(one, "origin")));
            Assert.Equal(consumer.Url.AbsoluteUri, Text(one, "url"));
            Assert.True(one.GetProperty("has_secret").GetBoolean());
            Assert.DoesNotContain("s3cret", one.GetRawText(), StringComparison.Ordinal);
            string[] lists = ["kinds", "chat_types", "commands", "except_commands"];
            Assert.Equal("""["message","chat_member"] ["private"] [] ["/start"]""", string.Join(' ', lists.Select(name => one.GetProperty(name).GetRawText())));
            Assert.Equal((7, 1500), (one.GetProperty("max_in_flight").GetInt32(), one.GetProperty("timeout_ms").GetInt32()));
            Assert.Equal("running", Text(one, "state"));
            rig.Put(2, "after");
            rig.Put(3, "/start");
            await rig.Drained();
            Assert.Equal(["after"], consumer.Texts);
            Assert.Equal("s3cret", consumer.All[0].Secret);

            HttpResponseMessage changed = await PutAsync(client, "crm", $$"""{"url":"{{other.Url}}"}""");
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
            Assert.Equal("[]", (await JsonAsync(changed)).GetProperty("kinds").GetRawText());
            Assert.Equal(HttpStatusCode.OK, (await PutAsync(client, "crm", $$"""{"url":"{{other.Url}}"}""")).StatusCode);
            rig.Put(4, "/start");
            await rig.Drained();
            Assert.Equal(["/start"], other.Texts);

            JsonElement[] all = [.. (await JsonAsync(await client.GetAsync(Path))).GetProperty("subscriptions").EnumerateArray()];
            Assert.Equal(["main configuration", "crm api"], all.Select(item => $"{Text(item, "name")} {Text(item, "origin")}"));
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"{Path}/main")).StatusCode);

            Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"{Path}/crm")).StatusCode);
            await RefusedAsync(await client.GetAsync($"{Path}/crm"), 404, "name");
            await RefusedAsync(await client.DeleteAsync($"{Path}/crm"), 404, "name");
            rig.Put(5, "gone");
            await rig.Drained();
            Assert.Equal(1, other.Count);
        });
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    [InlineData("""{"url":"\ud800"}""", null)]
    [InlineData("{}", "url")]
    [InlineData("""{"url":"ftp://x"}""", "url")]
    [InlineData("""{"url":{"a":1}}""", "url")]
    [InlineData("""{"url":"http://x","secret":"white space"}""", "secret")]
    [InlineData("""{"url":"http://x","secretFile":"/etc/passwd"}""", "secretFile")]
    [InlineData("""{"url":"http://x","secret_file":"/etc/passwd"}""", "secret_file")]
    [InlineData("""{"url":"http://x","kinds":["massage"]}""", "kinds")]
    [InlineData("""{"url":"http://x","secret":""}""", "secret")]
    [InlineData("""{"url":"http://x","kinds":["message"],"kinds":["poll"]}""", "kinds")]
    [InlineData("""{"url":"http://x","kinds":[7]}""", "kinds")]
    [InlineData("""{"url":"http://x","chat_types":["private,group"]}""", "chat_types")]
    [InlineData("""{"url":"http://x","chat_types":["none"]}""", "chat_types")]
    [InlineData("""{"url":"http://x","commands":["not a command"]}""", "commands")]
    [InlineData("""{"url":"http://x","max_in_flight":0}""", "max_in_flight")]
    [InlineData("""{"url":"http://x","timeout_ms":"soon"}""", "timeout_ms")]
    [InlineData("""{"url":"http://x","start_from":"yesterday"}""", "start_from")]
    public async Task What_is_wrong_is_told_with_its_field_and_makes_nothing(string body, string? field)
    {
        await WithServerAsync(async (client, rig) =>
        {
            await RefusedAsync(await PutAsync(client, "crm", body), 400, field);
            await RefusedAsync(await client.GetAsync($"{Path}/crm"), 404, "name");
        });
    }

    [Fact]
    public async Task Names_rooms_and_keys_are_checked()
    {
        await WithServerAsync(async (client, rig) =>
        {
            const string Good = """{"url":"http://127.0.0.1:1/"}""";
            await RefusedAsync(await PutAsync(client, "main", Good), 409, "name");
            await RefusedAsync(await client.DeleteAsync($"{Path}/main"), 409, "name");
            await RefusedAsync(await PutAsync(client, "CRM", Good), 400, "name");
            using var bytes = new ByteArrayContent([.. "{\"url\":\"http://x/"u8, 0xFF, .. "\"}"u8]);
            await RefusedAsync(await client.PutAsync($"{Path}/crm", bytes), 400, null);
            await RefusedAsync(await PutAsync(client, "crm", new string(' ', Limits.SubscriptionRequestBytesMax + 1)), 413, null);
            for (int i = 1; i < Limits.SubscriptionsPerBotMax; i++) Assert.Equal(HttpStatusCode.Created, (await PutAsync(client, $"n{i}", Good)).StatusCode);
            await RefusedAsync(await PutAsync(client, "more", Good), 409, null);
            Assert.Equal(HttpStatusCode.OK, (await PutAsync(client, "n1", Good)).StatusCode);
            await RefusedAsync(await client.GetAsync("/v1/bots/other/subscriptions"), 404, "bot");
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Sender);
            await RefusedAsync(await client.GetAsync(Path), 403, null);
            client.DefaultRequestHeaders.Authorization = null;
            await RefusedAsync(await client.GetAsync(Path), 401, "Authorization");
        });
    }

    [Fact]
    public async Task They_are_there_again_after_a_restart_and_the_configuration_counts_before_them()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        string json = $$"""{"url":"{{consumer.Url}}"}""";
        rig.Start();
        SubscriptionBook book = await BookAsync(rig, []);
        Assert.Equal(SubscriptionOutcome.Made, await book.PutAsync(rig.Bot, "crm", json));
        Assert.Equal(SubscriptionOutcome.Made, await book.PutAsync(rig.Bot, "main", json));
        Subscription crm = book.All[0];
        await new SqliteSubscriptions(rig.State).PutAsync(rig.Bot.Id, "newer", """{"url":"http://x","what_a_later_version_knows":1}""");
        await rig.StopAsync();
        rig.Put(1, "while it was down");

        rig.Start();
        book = await BookAsync(rig, [rig.Subscription(new Uri("http://127.0.0.1:1/"))]);
        Assert.Equal(["shop/main", "shop/crm"], book.All.Select(one => one.Id));
        Assert.Equal(crm.CursorKey, book.All[1].CursorKey);
        await Rig.Until(() => consumer.Count == 1, "it went on where it was");
        Assert.Equal(SubscriptionOutcome.Removed, await book.RemoveAsync(rig.Bot, "newer"));
        Assert.Equal(SubscriptionOutcome.Removed, await book.RemoveAsync(rig.Bot, "main"));
        Assert.Equal(SubscriptionOutcome.Configured, await book.RemoveAsync(rig.Bot, "main"));
        Assert.Equal(SubscriptionOutcome.Removed, await book.RemoveAsync(rig.Bot, "crm"));
        Assert.Equal(SubscriptionOutcome.Made, await book.PutAsync(rig.Bot, "crm", json));
        Assert.NotEqual(crm.CursorKey, book.All[1].CursorKey);

        // A process that died between the table and the cursor, and the one that the configuration hid.
        await new SqliteSubscriptions(rig.State).DeleteAsync(rig.Bot.Id, "crm");
        Assert.Equal(2, Cursors());
        await new SqliteSubscriptions(rig.State).SweepAsync();
        Assert.Equal(0, Cursors());

        long Cursors() => rig.State.Read(static database =>
        {
            SqliteStatement count = database.Prepare("SELECT count(*) FROM fanout_cursor WHERE subscription LIKE '#%'");
            return count.Step() ? count.Int64(0) : -1;
        });
    }

    private static async Task<SubscriptionBook> BookAsync(Rig rig, IReadOnlyList<Subscription> configured)
    {
        var book = new SubscriptionBook(
            new BotRegistry([rig.Bot]), configured, new SqliteSubscriptions(rig.State), SubscriptionForm.Read, NullLogger.Instance);
        Assert.True(await book.RefreshAsync());
        Assert.True(await book.FollowAsync(rig.Host!.ChangeAsync, static () => { }));
        return book;
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient client, string name, string body) =>
        client.PutAsync($"{Path}/{name}", new StringContent(body, Encoding.UTF8, "application/json"));

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync());
        return document.RootElement.Clone();
    }

    private static async Task RefusedAsync(HttpResponseMessage answer, int status, string? field)
    {
        JsonElement problem = await JsonAsync(answer);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(Problem.ContentType, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(field, problem.TryGetProperty("field", out JsonElement named) ? named.GetString() : null);
    }

    private static ApiKey Key(string key, ApiScope scopes) => new(key, SHA256.HashData(Encoding.UTF8.GetBytes(key)), scopes, []);

    private static async Task WithServerAsync(Func<HttpClient, Rig, Task> test)
    {
        await using var rig = new Rig();
        Consumer main = await rig.ConsumerAsync();
        Subscription configured = rig.Subscription(main.Url);
        rig.Start(configured);
        SubscriptionBook book = await BookAsync(rig, [configured]);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication app = builder.Build();
        var ring = new ApiKeyRing([Key(Admin, ApiScope.Admin), Key(Sender, ApiScope.Send | ApiScope.Read)]);
        SubscriptionsEndpoint.Map(app, new SubscriptionsEndpoint(new BotRegistry([rig.Bot]), ring, book, rig.Host!, SubscriptionForm.Read));
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Admin);
        await test(client, rig);
        await app.StopAsync();
    }
}

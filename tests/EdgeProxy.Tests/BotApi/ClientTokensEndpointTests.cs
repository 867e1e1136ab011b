using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.BotApi;

public sealed class ClientTokensEndpointTests
{
    private const string Admin = "admin-key-of-the-support-bot";
    private const string Sender = "sender-key-that-may-not-admin";
    private const string Path = "/v1/bots/support/tokens";

    [Fact]
    public async Task Issue_list_use_revoke()
    {
        await WithServerAsync(async (client, rig) =>
        {
            HttpResponseMessage created = await PostAsync(client, """
                {"name":"shop","methods":["send*","getMe"],"chats":[-1001234567890,"@Channel","5"],"expires_at":"2030-01-02T00:00:00+01:00"}
                """);
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
            Assert.True(created.Headers.CacheControl!.NoStore);
            JsonElement made = await JsonAsync(created);
            string text = made.GetProperty("token").GetString()!;
            Assert.NotNull(rig.Tokens.Find(text));
            Assert.Equal("[-1001234567890,\"@channel\",5]", made.GetProperty("chats").GetRawText());
            Assert.Equal(new DateTimeOffset(2030, 1, 1, 23, 0, 0, TimeSpan.Zero), made.GetProperty("expires_at").GetDateTimeOffset());

            string list = await client.GetStringAsync(Path);
            Assert.DoesNotContain(text[8..], list, StringComparison.Ordinal);
            using JsonDocument listed = JsonDocument.Parse(list);
            JsonElement one = Assert.Single(listed.RootElement.GetProperty("tokens").EnumerateArray());
            Assert.Equal(("shop", "support"), (one.GetProperty("name").GetString(), one.GetProperty("bot").GetString()));
            Assert.False(one.TryGetProperty("token", out _));

            await RefusedAsync(await PostAsync(client, """{"name":"shop"}"""), 409, "name");
            Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"{Path}/shop")).StatusCode);
            Assert.Null(rig.Tokens.Find(text));
            await RefusedAsync(await client.DeleteAsync($"{Path}/shop"), 404, "token");
        });
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    [InlineData("""{"name":"\ud800"}""", null)]
    [InlineData("""{"\ud800":1}""", null)]
    [InlineData("{}", "name")]
    [InlineData("""{"name":"5"}""", "name")]
    [InlineData("""{"name":"A b"}""", "name")]
    [InlineData("""{"name":7}""", "name")]
    [InlineData("""{"name":"a","methods":"sendMessage"}""", "methods")]
    [InlineData("""{"name":"a","methods":["send me"]}""", "methods")]
    [InlineData("""{"name":"a","methods":[5]}""", "methods")]
    [InlineData("""{"name":"a","chats":["everyone"]}""", "chats")]
    [InlineData("""{"name":"a","chats":[1.5]}""", "chats")]
    [InlineData("""{"name":"a","expires_at":"2029-12-31T00:00:00Z"}""", "expires_at")]
    [InlineData("""{"name":"a","expires_at":"2031-01-01T00:00:00"}""", "expires_at")]
    [InlineData("""{"name":"a","expires_at":"tomorrow"}""", "expires_at")]
    [InlineData("""{"name":"a","expires_at":99999999999999999}""", "expires_at")]
    [InlineData("""{"name":"a","chat":[5]}""", "chat")]
    public async Task A_wrong_request_is_told_its_field(string body, string? field) => await WithServerAsync(async (client, rig) =>
    {
        await RefusedAsync(await PostAsync(client, body), 400, field);
        Assert.Empty(rig.Tokens.List(rig.Support));
    });

    [Fact]
    public async Task Only_an_admin_key_of_the_bot_is_let_in()
    {
        await WithServerAsync(async (client, rig) =>
        {
            foreach (string? key in new[] { null, "nonsense" })
            {
                client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
                HttpResponseMessage refused = await PostAsync(client, """{"name":"a"}""");
                Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
                await RefusedAsync(refused, 401, "Authorization");
                await RefusedAsync(await client.GetAsync(Path), 401, "Authorization");
                await RefusedAsync(await client.DeleteAsync($"{Path}/a"), 401, "Authorization");
            }

            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Sender);
            await RefusedAsync(await PostAsync(client, """{"name":"a"}"""), 403, null);
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Admin);
            await RefusedAsync(await client.GetAsync("/v1/bots/news/tokens"), 404, "bot");
            await RefusedAsync(await client.GetAsync("/v1/bots/nobody/tokens"), 404, "bot");
            Assert.Empty(rig.Tokens.List(rig.Support));
        });
    }

    [Fact]
    public async Task Too_long_is_413_and_a_dead_disk_503()
    {
        await WithServerAsync(async (client, rig) =>
        {
            await RefusedAsync(await PostAsync(client, new string(' ', Limits.ClientTokenRequestBytesMax + 1)), 413, null);
            await rig.State.DisposeAsync();
            HttpResponseMessage refused = await PostAsync(client, """{"name":"a"}""");
            Assert.NotNull(refused.Headers.RetryAfter);
            await RefusedAsync(refused, 503, null);
        });
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string body) =>
        await client.PostAsync(Path, new StringContent(body, Encoding.UTF8, "application/json"));

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    private static async Task RefusedAsync(HttpResponseMessage answer, int status, string? field)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(Problem.ContentType, answer.Content.Headers.ContentType!.MediaType);
        JsonElement problem = await JsonAsync(answer);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(field, problem.TryGetProperty("field", out JsonElement named) ? named.GetString() : null);
    }

    private static ApiKey Key(string name, string key, ApiScope scopes, params string[] bots) =>
        new(name, SHA256.HashData(Encoding.UTF8.GetBytes(key)), scopes, bots);

    private static async Task WithServerAsync(Func<HttpClient, ClientTokenRig, Task> test)
    {
        await using var rig = new ClientTokenRig();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication app = builder.Build();
        var ring = new ApiKeyRing([Key("admin", Admin, ApiScope.Admin, "support"), Key("sender", Sender, ApiScope.Send | ApiScope.Read)]);
        ClientTokensEndpoint.Map(app, new ClientTokensEndpoint(rig.Bots, ring, rig.Tokens, rig.Time));
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Admin);
        await test(client, rig);
        await app.StopAsync();
    }
}

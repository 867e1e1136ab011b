using System.Text;
using EdgeProxy.BotApi;

namespace EdgeProxy.Tests.BotApi;

/// <summary>Client tokens at the surface: what is out of scope is a 403, and nothing of it leaves.</summary>
public sealed class BotApiClientTokenTests
{
    private const string Media = """{"chat_id":-100,"text":"a"}""";

    [Fact]
    public async Task A_client_token_opens_its_bot_until_it_is_revoked()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        string token = await IssueAsync(rig, [], []);
        Assert.Equal(
            await rig.DirectAsync($"/bot{BotApiRig.Token}/getMe", null),
            await rig.CallAsync($"/bot{token}/getMe", null));
        Assert.Equal(200, (await rig.CallAsync($"/bot{token}/sendMessage", Json("""{"chat_id":7,"text":"a"}"""))).Status);
        Assert.Equal(ClientTokenOutcome.Done, await rig.ClientTokens.RevokeAsync(rig.Bot, "test"));
        Assert.Equal(
            (401, """{"ok":false,"error_code":401,"description":"Unauthorized"}""", null),
            await rig.CallAsync($"/bot{token}/getMe", null));
        Assert.Single(rig.Telegram.Sends.Snapshot());
    }

    [Theory]
    [InlineData("sendMessage", Media, true)]
    [InlineData("SENDMESSAGE", Media, true)]
    [InlineData("sendMessage", """{"chat_id":"-100","text":"a"}""", true)]
    [InlineData("sendMessage", """{"chat_id":-101,"text":"a"}""", false)]
    [InlineData("sendMessage", """{"chat_id":-100,"text":"a","chat_id":-101}""", false)]
    [InlineData("sendMessage", """{"chat_id":-100,"text":"a","chat\u005fid":-101}""", false)]
    [InlineData("sendMessage?chat_id=-101", Media, false)]
    [InlineData("sendMessage?chat_id=-100", """{"text":"a"}""", true)]
    [InlineData("sendMessage", """{"chat_id":-100,"text":"a","reply_parameters":{"message_id":1,"chat_id":-101}}""", false)]
    [InlineData("copyMessage", """{"chat_id":-100,"from_chat_id":-101,"message_id":1}""", false)]
    [InlineData("sendMessage", """{"text":"a"}""", false)]
    [InlineData("sendMessage", """{"chat_id":-100,"text":"a" """, false)]
    [InlineData("sendPhoto", """{"chat_id":-100,"photo":"x"}""", false)]
    [InlineData("getUpdates", "{}", false)]
    public async Task A_scope_of_methods_and_chats_holds(string method, string json, bool allowed)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        string token = await IssueAsync(rig, ["sendMessage", "copyMessage", "sendDocument"], ["-100"]);
        (int status, string body, string? outcome) = await rig.CallAsync($"/bot{token}/{method}", Json(json));
        Assert.True((status, outcome) == (allowed ? (200, null) : (403, "out_of_scope")), body);
        Assert.Equal(allowed ? 1 : 0, rig.Telegram.Stats.ApiCalls);
    }

    [Theory]
    [InlineData("-100", true)]
    [InlineData("-101", false)]
    public async Task A_chat_behind_the_file_is_seen_too(string second, bool allowed)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        string token = await IssueAsync(rig, [], ["-100"]);
        var body = new MultipartText().Field(allowed ? "caption" : "chat_id", "-100").File("document", new byte[3_000_000]).Field("chat_id", second);
        using var content = new ByteArrayContent(body.End());
        content.Headers.TryAddWithoutValidation("Content-Type", body.ContentType);
        Assert.Equal(allowed ? 200 : 403, (await rig.CallAsync($"/bot{token}/sendDocument", content)).Status);
        Assert.Equal(allowed ? 1 : 0, rig.Telegram.Stats.ApiCalls);
        Assert.Equal(0, rig.Spool.Bytes);
    }

    [Fact]
    public async Task Files_need_the_right_to_get_them()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        string path = rig.Telegram.Files.AddGenerated("SimFile_of_a_client_token_test", 10).Path;
        string without = await IssueAsync(rig, ["sendMessage"], []), with = await IssueAsync(rig, ["get*"], [], "other");
        Assert.Equal(403, (await rig.CallAsync($"/file/bot{without}/{path}", null)).Status);
        Assert.Equal(200, (await rig.CallAsync($"/file/bot{with}/{path}", null)).Status);
    }

    private static async Task<string> IssueAsync(BotApiRig rig, string[] methods, string[] chats, string name = "test")
    {
        ClientTokenRights? rights = ClientTokenRights.TryCreate(methods, chats, out _);
        (ClientTokenOutcome outcome, _, string text) = await rig.ClientTokens.IssueAsync(rig.Bot, name, rights!, null);
        Assert.Equal(ClientTokenOutcome.Done, outcome);
        return text;
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}

using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using EdgeProxy.BotApi;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.BotApi;

public sealed class ClientTokensTests
{
    [Fact]
    public async Task A_token_looks_like_Telegrams_and_opens_its_bot_with_its_rights()
    {
        await using var rig = new ClientTokenRig();
        (ClientTokenOutcome outcome, ClientToken? token, string text) =
            await rig.Tokens.IssueAsync(rig.Support, "shop", ClientTokenRig.Rights(["send*"], ["-1001234567890"]), null);

        Assert.Equal((ClientTokenOutcome.Done, "shop"), (outcome, token!.Name));
        // What the frameworks check: digits, a colon, 35 or more of the alphabet.
        Assert.Matches(new Regex("^123456:EP[A-Za-z0-9_-]{43}$"), text);
        Assert.True(BotToken.TryParse(text, out BotToken? parsed));
        Assert.Equal(rig.Support.Id, parsed.BotId);
        ClientTokenGrant grant = rig.Tokens.Find(text)!.Value;
        Assert.Same(rig.Support, grant.Bot);
        Assert.True(grant.Rights.Allows(ApiMethod.Of("sendMessage"), new ChatTarget(-1001234567890, null)));
        Assert.False(grant.Rights.Allows(ApiMethod.Of("sendMessage"), new ChatTarget(5, null)));
    }

    [Fact]
    public async Task Any_other_text_opens_nothing()
    {
        await using var rig = new ClientTokenRig();
        (_, _, string text) = await rig.Tokens.IssueAsync(rig.Support, "a", ClientTokenRig.Rights([], []), null);
        char last = text[^1] == 'A' ? 'E' : 'A';
        string[] others =
        [
            "", ":", "123456:", "123456:AAsecretsecretsecret", text[..^1], text + "A", text[..^1] + last, text.Replace("123456", "654321"),
            text.Replace(":EP", ":ep"), "x" + text, new string('1', 300) + text[6..], text[..^1] + "ш",
        ];
        Assert.NotNull(rig.Tokens.Find(text));
        Assert.All(others, other => Assert.Null(rig.Tokens.Find(other)));
    }

    [Fact]
    public async Task Only_the_hash_is_in_the_file_and_a_restart_keeps_the_token()
    {
        await using var rig = new ClientTokenRig();
        ClientTokenRights rights = ClientTokenRig.Rights(["sendMessage", "get*"], ["5", "@News"]);
        (_, _, string text) = await rig.Tokens.IssueAsync(rig.Support, "shop", rights, 2_000_000_000_000);
        byte[] stored = rig.State.Read(database =>
        {
            SqliteStatement row = database.Prepare("SELECT sha256 FROM botapi_client_token");
            Assert.True(row.Step());
            return row.Blob(0).ToArray();
        });
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(text)), stored);

        await rig.ReopenAsync();
        string secret = text[(text.IndexOf(':') + 3)..];
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(rig.StatePath)!, "state.db*").Where(file => !file.EndsWith(".lock")))
        {
            Assert.DoesNotContain(secret, Encoding.Latin1.GetString(ReadShared(file)), StringComparison.Ordinal);
        }

        ClientToken token = Assert.Single(rig.Tokens.List(rig.Support));
        Assert.Equal(("shop", 2_000_000_000_000L), (token.Name, token.ExpiresUnixMs!.Value));
        Assert.Equal(["sendMessage", "get*"], token.Rights.Methods);
        Assert.Equal(["5", "@news"], token.Rights.Chats);
        Assert.NotNull(rig.Tokens.Find(text));
        Assert.Empty(rig.Tokens.List(rig.News));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Revoked_by_name_or_id_is_revoked_now_and_after_a_restart(bool byId)
    {
        await using var rig = new ClientTokenRig();
        (_, ClientToken? token, string text) = await rig.Tokens.IssueAsync(rig.Support, "a", ClientTokenRig.Rights([], []), null);
        (_, _, string other) = await rig.Tokens.IssueAsync(rig.Support, "b", ClientTokenRig.Rights([], []), null);
        string handle = byId ? $"{token!.Id}" : "a";
        Assert.Equal(ClientTokenOutcome.NotFound, await rig.Tokens.RevokeAsync(rig.News, handle));
        Assert.Equal(ClientTokenOutcome.Done, await rig.Tokens.RevokeAsync(rig.Support, handle));
        Assert.Null(rig.Tokens.Find(text));
        Assert.Equal(ClientTokenOutcome.NotFound, await rig.Tokens.RevokeAsync(rig.Support, handle));

        await rig.ReopenAsync();
        Assert.Null(rig.Tokens.Find(text));
        Assert.NotNull(rig.Tokens.Find(other));
        (ClientTokenOutcome outcome, ClientToken? again, _) = await rig.Tokens.IssueAsync(rig.Support, "a", ClientTokenRig.Rights([], []), null);
        Assert.Equal(ClientTokenOutcome.Done, outcome);
        Assert.NotEqual(token!.Id, again!.Id);
    }

    [Fact]
    public async Task A_revocation_that_cannot_be_written_takes_effect_and_can_be_asked_for_again()
    {
        await using var rig = new ClientTokenRig();
        (_, _, string text) = await rig.Tokens.IssueAsync(rig.Support, "a", ClientTokenRig.Rights([], []), null);
        ClientTokens tokens = rig.Tokens;
        await rig.State.DisposeAsync();
        Assert.Equal(ClientTokenOutcome.Unavailable, await tokens.RevokeAsync(rig.Support, "a"));
        Assert.Null(tokens.Find(text));
        Assert.Equal(ClientTokenOutcome.Unavailable, await tokens.RevokeAsync(rig.Support, "a"));
        Assert.Equal(ClientTokenOutcome.Unavailable, (await tokens.IssueAsync(rig.Support, "b", ClientTokenRig.Rights([], []), null)).Outcome);
        await rig.ReopenAsync();
        Assert.NotNull(rig.Tokens.Find(text));
    }

    [Fact]
    public async Task An_expired_token_opens_nothing_and_frees_its_name()
    {
        await using var rig = new ClientTokenRig();
        long expires = rig.Time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        (_, _, string text) = await rig.Tokens.IssueAsync(rig.Support, "a", ClientTokenRig.Rights([], []), expires);
        Assert.Equal(ClientTokenOutcome.NameTaken, (await rig.Tokens.IssueAsync(rig.Support, "a", ClientTokenRig.Rights([], []), null)).Outcome);
        Assert.Equal(ClientTokenOutcome.Done, (await rig.Tokens.IssueAsync(rig.News, "a", ClientTokenRig.Rights([], []), null)).Outcome);
        rig.Time.Pass(TimeSpan.FromMinutes(59));
        Assert.NotNull(rig.Tokens.Find(text));
        rig.Time.Pass(TimeSpan.FromMinutes(1));
        Assert.Null(rig.Tokens.Find(text));
        Assert.Equal(ClientTokenOutcome.Done, (await rig.Tokens.IssueAsync(rig.Support, "a", ClientTokenRig.Rights([], []), null)).Outcome);
        await rig.ReopenAsync();
        Assert.Null(rig.Tokens.Find(text));
        Assert.Single(rig.Tokens.List(rig.Support));
    }

    private static byte[] ReadShared(string file)
    {
        // The state file is open: our own handle must not ask for more than it leaves.
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}

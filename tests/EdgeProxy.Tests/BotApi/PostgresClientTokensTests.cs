using EdgeProxy.BotApi;
using EdgeProxy.Tests.Postgres;
using EdgeProxy.Tests.Simulator;

namespace EdgeProxy.Tests.BotApi;

[Collection(PostgresTests.Name)]
public sealed class PostgresClientTokensTests(PostgresServer server)
{
    private static readonly ClientTokenRights All = ClientTokenRig.Rights([], []);

    [Fact]
    public async Task A_token_made_on_one_process_works_on_the_other_and_dies_there_when_it_is_revoked()
    {
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where);
        await using StateProcess b = await StateProcess.StartAsync(where);
        ClientTokenRights rights = ClientTokenRig.Rights(["send*"], ["5", "@news"]);
        (ClientTokenOutcome outcome, ClientToken? made, string text) = await a.Tokens.IssueAsync(a.Bot, "shop", rights, 4_000_000_000_000);
        Assert.Equal(ClientTokenOutcome.Done, outcome);
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Tokens.Find(text) is not null));
        ClientToken there = Assert.Single(b.Tokens.List(b.Bot));
        Assert.Equal((made!.Id, "shop", 4_000_000_000_000L), (there.Id, there.Name, there.ExpiresUnixMs!.Value));
        Assert.Equal(rights.Methods, there.Rights.Methods);
        Assert.Equal(rights.Chats, there.Rights.Chats);

        Assert.Equal(ClientTokenOutcome.Done, await a.Tokens.RevokeAsync(a.Bot, "shop"));
        Assert.Null(a.Tokens.Find(text));
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Tokens.Find(text) is null));
        await using StateProcess late = await StateProcess.StartAsync(where);
        Assert.Empty(late.Tokens.List(late.Bot));
    }

    [Fact]
    public async Task The_other_process_need_not_have_heard_of_a_token_to_revoke_it_or_to_use_its_name_again()
    {
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where);
        await using StateProcess b = await StateProcess.StartAsync(where);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(ClientTokenOutcome.Done, (await a.Tokens.IssueAsync(a.Bot, "shop", All, null)).Outcome);
            Assert.Equal(ClientTokenOutcome.Done, await b.Tokens.RevokeAsync(b.Bot, "shop"));
        }

        Assert.Equal(ClientTokenOutcome.NotFound, await a.Tokens.RevokeAsync(a.Bot, "other"));
    }

    [Fact]
    public async Task Of_two_that_want_a_name_at_once_one_gets_it()
    {
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where);
        await using StateProcess b = await StateProcess.StartAsync(where);
        for (int i = 0; i < 20; i++)
        {
            var made = await Task.WhenAll(
                Task.Run(() => a.Tokens.IssueAsync(a.Bot, $"n{i}", All, null)), Task.Run(() => b.Tokens.IssueAsync(b.Bot, $"n{i}", All, null)));
            Assert.Equal([ClientTokenOutcome.Done, ClientTokenOutcome.NameTaken], made.Select(one => one.Outcome).Order());
        }
    }

    [Fact]
    public async Task Without_the_server_known_tokens_work_nothing_is_issued_and_a_revocation_holds_here_until_it_can_be_written()
    {
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where);
        await using StateProcess b = await StateProcess.StartAsync(where);
        (_, _, string text) = await a.Tokens.IssueAsync(a.Bot, "a", All, null);
        (_, _, string kept) = await a.Tokens.IssueAsync(a.Bot, "kept", All, null);
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Tokens.Find(text) is not null && b.Tokens.Find(kept) is not null));

        server.Crash();
        try
        {
            Assert.Equal(ClientTokenOutcome.Unavailable, (await a.Tokens.IssueAsync(a.Bot, "b", All, null)).Outcome);
            Assert.Equal(ClientTokenOutcome.Unavailable, await a.Tokens.RevokeAsync(a.Bot, "a"));
            Assert.Null(a.Tokens.Find(text));
            Assert.NotNull(a.Tokens.Find(kept));
            Assert.NotNull(a.Database.Fault);
        }
        finally
        {
            server.Launch();
        }

        // It is still in the table, and stays revoked here though it is read again.
        Assert.True(await a.Tokens.RefreshAsync());
        Assert.Null(a.Tokens.Find(text));
        Assert.Equal(ClientTokenOutcome.Done, await a.Tokens.RevokeAsync(a.Bot, "a"));
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Tokens.Find(text) is null));
        (_, _, string after) = await a.Tokens.IssueAsync(a.Bot, "after", All, null);
        Assert.True(await TelegramClient.EventuallyAsync(() => b.Tokens.Find(after) is not null && b.Tokens.Find(kept) is not null));
        Assert.Null(a.Database.Fault);
    }
}

using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.BotApi;

/// <summary>Two bots and a real state file that can be closed and opened again.</summary>
internal sealed class ClientTokenRig : IAsyncDisposable
{
    private readonly TempFolder _folder = new();

    public ClientTokenRig() => (State, Tokens, Keys) = Open();

    public Bot Support { get; } = MakeBot("support", "123456:AAsecretsecretsecret");
    public Bot News { get; } = MakeBot("news", "654321:AAsecretsecretsecret");
    public BotRegistry Bots => new([Support, News]);
    public ClientTokenTime Time { get; } = new();
    public StateFile State { get; private set; }
    public ClientTokens Tokens { get; private set; }
    public IdempotencyStore Keys { get; private set; }
    public string StatePath => _folder.File("state.db");

    public static ClientTokenRights Rights(string[] methods, string[] chats) =>
        ClientTokenRights.TryCreate(methods, chats, out var error) ?? throw new InvalidOperationException(error.Reason);

    /// <summary>As after a crash: what was in memory is gone.</summary>
    public async Task ReopenAsync()
    {
        await State.DisposeAsync();
        (State, Tokens, Keys) = Open();
    }

    public async ValueTask DisposeAsync()
    {
        await Keys.DisposeAsync();
        await State.DisposeAsync();
        _folder.Dispose();
    }

    private (StateFile State, ClientTokens Tokens, IdempotencyStore Keys) Open()
    {
        Migration[] migrations = [.. ClientTokens.Migrations, .. IdempotencyStore.Migrations];
        StateFile state = StateFile.Open(StatePath, migrations, TimeProvider.System, NullLogger.Instance);
        return (state, new ClientTokens(Bots, state, Time, NullLogger.Instance), new IdempotencyStore(state, Time, NullLogger.Instance));
    }

    private static Bot MakeBot(string name, string text)
    {
        Assert.True(BotToken.TryParse(text, out BotToken? token));
        return new Bot { Name = name, Token = token, ApiRoot = new Uri("http://127.0.0.1:1") };
    }
}

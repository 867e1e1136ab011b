using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>The whole way of a message: store, loop, lanes, client, and a fake Telegram at the other end of a socket.</summary>
internal sealed class LoopRig : IAsyncDisposable
{
    private const string Token = "42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    private readonly TempFolder _folder = new();
    private readonly BotApiClient _client = new();
    private readonly FakeTelegram _telegram;
    private readonly BotRegistry _bots;
    private StateFile _state;
    private LaneSender _sender;

    private LoopRig(FakeTelegram telegram)
    {
        _telegram = telegram;
        Assert.True(BotToken.TryParse(Token, out BotToken? token));
        Bot = new Bot { Name = "shop", Token = token, ApiRoot = new Uri(telegram.Url) };
        _bots = new BotRegistry([Bot]);
        Directory.CreateDirectory(UploadDir);
        (_state, _sender, Store, Host) = Open();
    }

    public Bot Bot { get; }
    public SqliteOutbox Store { get; private set; }
    public OutboxHost Host { get; private set; }
    public FakeTelegram Telegram => _telegram;
    public string UploadDir => _folder.File("uploads");
    public IEnumerable<SendRecord> Sends => _telegram.Sends.Snapshot();

    public static async Task<LoopRig> StartAsync()
    {
        FakeTelegramOptions options = new() { EnforceLimits = false };
        options.Tokens.Add(Token);
        return new LoopRig(await FakeTelegram.StartAsync(options));
    }

    public NewMessage Message(long chat = 7, string text = "hi") => new()
    {
        Bot = Bot,
        Method = "sendMessage",
        Parameters = Encoding.UTF8.GetBytes($"{{\"chat_id\":{chat},\"text\":\"{text}\"}}"),
        Chat = new ChatTarget(chat, null),
    };

    public async Task<MessageId> AcceptAsync(NewMessage message)
    {
        Acceptance accepted = await Store.AcceptAsync(message);
        Assert.Equal(AcceptOutcome.Accepted, accepted.Outcome);
        return accepted.Id;
    }

    public async Task<MessageRecord> UntilAsync(MessageId id, params MessageState[] states)
    {
        MessageRecord? record = null;
        bool reached = await Eventually.TrueAsync(async () => (record = await Store.FindAsync(id)) is { } found && states.Contains(found.State));
        string history = string.Join(", ", record?.Attempts.Select(one => one.Outcome) ?? []);
        Assert.True(reached, $"{id} is {record?.State}: {history}; {Host.Snapshot()} {_sender.Snapshot()[0]}");
        return record!;
    }

    public async Task RestartAsync()
    {
        await CloseAsync();
        (_state, _sender, Store, Host) = Open();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _telegram.DisposeAsync();
        _client.Dispose();
        _folder.Dispose();
    }

    private async Task CloseAsync()
    {
        await Host.StopAsync();
        await _sender.DisposeAsync();
        await _state.DisposeAsync();
    }

    private (StateFile State, LaneSender Sender, SqliteOutbox Store, OutboxHost Host) Open()
    {
        TimeProvider time = TimeProvider.System;
        StateFile state = StateFile.Open(_folder.File("state.db"), [.. SqliteOutbox.Migrations, .. ChatFacts.Migrations], time, NullLogger.Instance);
        var facts = new ChatFacts(state, time, NullLogger.Instance);
        // Budgets are the lanes' own matter; here they must not slow the tests down.
        var lanes = new LaneSettings { PrivatePerSecond = 1000, PrivateBurst = 1000, PerSecond = 10_000, Burst = 10_000, GroupBurst = 1000 };
        var sender = new LaneSender(_bots, _ => lanes, _client, facts, time, NullLoggerFactory.Instance);
        var settings = new OutboxSettings(UploadDir);
        var store = new SqliteOutbox(state, _bots, settings, time, NullLogger.Instance);
        return (state, sender, store, new OutboxHost(store, _bots, sender, settings, time, NullLoggerFactory.Instance));
    }
}

using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Postgres;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Postgres;
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
    private readonly string? _where;
    private readonly Func<PendingMessage, CancellationToken, Task<SendResult>>? _mtproto;
    private StateFile _state = null!;
    private LaneSender _sender = null!;
    private PostgresDatabase? _database;
    private PostgresOutbox? _outbox;

    private LoopRig(FakeTelegram telegram, string? where, Func<PendingMessage, CancellationToken, Task<SendResult>>? mtproto)
    {
        (_telegram, _where, _mtproto) = (telegram, where, mtproto);
        Assert.True(BotToken.TryParse(Token, out BotToken? token));
        Bot = new Bot { Name = "shop", Token = token, ApiRoot = new Uri(telegram.Url) };
        _bots = new BotRegistry([Bot]);
        Directory.CreateDirectory(UploadDir);
    }

    public Bot Bot { get; }
    public AnyStore Store { get; private set; } = null!;
    public OutboxHost Host { get; private set; } = null!;
    public FakeTelegram Telegram => _telegram;
    public string UploadDir => _folder.File("uploads");
    public IEnumerable<SendRecord> Sends => _telegram.Sends.Snapshot();

    /// <param name="server">The cluster's engine in a database of this server; null for the embedded one.</param>
    /// <param name="mtproto">Sends what goes over MTProto.</param>
    public static async Task<LoopRig> StartAsync(PostgresServer? server = null, Func<PendingMessage, CancellationToken, Task<SendResult>>? mtproto = null)
    {
        FakeTelegramOptions options = new() { EnforceLimits = false };
        options.Tokens.Add(Token);
        string? where = server is null ? null : await server.CreateDatabaseAsync();
        var rig = new LoopRig(await FakeTelegram.StartAsync(options), where, mtproto);
        await rig.OpenAsync();
        return rig;
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

    /// <summary>Another engine over the rig's lanes; the rig's own must not be started.</summary>
    public OutboxHost HostOver(IOutboxWork work) =>
        new(work, _bots, _sender, new OutboxSettings(UploadDir) { Mtproto = _mtproto }, TimeProvider.System, NullLoggerFactory.Instance);

    public async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
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
        if (_outbox is not null) await _outbox.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        await _state.DisposeAsync();
    }

    private async Task OpenAsync()
    {
        TimeProvider time = TimeProvider.System;
        _state = StateFile.Open(_folder.File("state.db"), [.. SqliteOutbox.Migrations, .. ChatFacts.Migrations], time, NullLogger.Instance);
        var facts = new ChatFacts(_state, time, NullLogger.Instance);
        // Budgets are the lanes' own matter; here they must not slow the tests down.
        var lanes = new LaneSettings { PrivatePerSecond = 1000, PrivateBurst = 1000, PerSecond = 10_000, Burst = 10_000, GroupBurst = 1000 };
        _sender = new LaneSender(_bots, _ => lanes, _client, facts, time, NullLoggerFactory.Instance);
        var settings = new OutboxSettings(UploadDir);
        if (_where is null)
        {
            var store = new SqliteOutbox(_state, _bots, settings, time, NullLogger.Instance);
            Store = new AnyStore(store, store, () => Task.CompletedTask);
        }
        else
        {
            _database = await PostgresDatabase.OpenAsync(_where, PostgresOutbox.Migrations, time, NullLogger.Instance);
            _outbox = await PostgresOutbox.OpenAsync(_database, _bots, settings, 10_000, time, NullLoggerFactory.Instance);
            Store = new AnyStore(_outbox, _outbox, () => Task.CompletedTask);
        }

        Host = HostOver(Store);
    }
}

using System.Text;
using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Postgres;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.BotApi;
using EdgeProxy.Tests.Sender;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Postgres;

/// <summary>What one process of a cluster keeps in PostgreSQL, composed as Program does it. Two of them on one database are two processes.</summary>
internal sealed class StateProcess : IAsyncDisposable
{
    public static readonly PostgresMigration[] Schema =
        [.. PostgresClientTokens.Migrations, .. PostgresIdempotency.Migrations, .. PostgresChatFacts.Migrations];

    private readonly BotApiClient _client = new();
    private readonly PostgresChatFacts _facts;
    private readonly PostgresIdempotency _keys;
    private readonly TableFeed _feed;
    private bool _silent;
    private bool _ended;

    private StateProcess(PostgresDatabase database, Uri root, LaneSettings lanes)
    {
        Database = database;
        Bot = SenderRig.MakeBot("one", SenderRig.Token, root);
        var bots = new BotRegistry([Bot]);
        TimeProvider time = TimeProvider.System;
        NullLogger log = NullLogger.Instance;
        _facts = new PostgresChatFacts(database, time, log);
        Facts = new ChatFacts(_facts, time, log);
        Sender = new LaneSender(bots, _ => lanes, _client, Facts, time, NullLoggerFactory.Instance);
        Stars = new StarLedger(new PostgresStars(database), Sender, time, log);
        Tokens = new ClientTokens(bots, new PostgresClientTokens(database), time, log);
        _feed = new TableFeed(database, PostgresClientTokens.Channel, Tokens.RefreshAsync, time, log);
        _keys = new PostgresIdempotency(database, time);
        Keys = new IdempotencyStore(_keys, time, log);
        Calls = new KeyedCalls(Keys, Sender);
    }

    public PostgresDatabase Database { get; }
    public Bot Bot { get; }
    public ChatFacts Facts { get; }
    public LaneSender Sender { get; }
    public StarLedger Stars { get; }
    public ClientTokens Tokens { get; }
    public IdempotencyStore Keys { get; }
    public KeyedCalls Calls { get; }

    public static async Task<StateProcess> StartAsync(string where, string root = "http://127.0.0.1:9", LaneSettings? lanes = null)
    {
        PostgresDatabase database = await PostgresDatabase.OpenAsync(where, Schema, TimeProvider.System, NullLogger.Instance);
        var process = new StateProcess(database, new Uri(root), lanes ?? BotApiRig.Wide());
        await process._facts.StartAsync(process.Facts);
        await process.Stars.StartAsync();
        await process._feed.StartAsync();
        await process._keys.StartAsync();
        return process;
    }

    /// <summary>A sendMessage with an Idempotency-Key, as a caller makes it.</summary>
    public Task<CallReply?> CallAsync(string key, long chat = 7, string text = "x")
    {
        byte[] json = Encoding.UTF8.GetBytes($$"""{"chat_id":{{chat}},"text":"{{text}}"}""");
        OutgoingCall call = CallScan.Json(ApiMethod.Of("sendMessage"), json);
        var who = new CallAdmission(Bot, call.Method, false, LanePriority.Normal, null, key);
        return Calls.SendAsync(who, call, IdempotencyHash.Of(json), SenderRig.Patient, default);
    }

    /// <summary>Says no more that it lives, and leaves what it has under way.</summary>
    public async Task StopBeatingAsync()
    {
        if (_silent) return;
        _silent = true;
        await _keys.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_ended) return;
        _ended = true;
        await Stars.DisposeAsync();
        await Sender.DisposeAsync();
        await Keys.DisposeAsync();
        await StopBeatingAsync();
        await _feed.DisposeAsync();
        await _facts.DisposeAsync();
        _client.Dispose();
        await Database.DisposeAsync();
    }
}

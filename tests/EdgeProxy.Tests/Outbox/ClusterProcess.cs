using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Postgres;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>What one process of a cluster runs of the outbox.</summary>
internal sealed class ClusterProcess : IAsyncDisposable
{
    private readonly BotApiClient _client = new();
    private readonly StateFile _state;
    private readonly PostgresDatabase _database;
    private readonly LaneSender _sender;
    private bool _isGone;

    private ClusterProcess(BotRegistry bots, PostgresDatabase database, PostgresOutbox store, OutboxSettings settings, StateFile state)
    {
        (_database, _state, Store) = (database, state, store);
        TimeProvider time = TimeProvider.System;
        var lanes = new LaneSettings { PrivatePerSecond = 1000, PrivateBurst = 1000, PerSecond = 10_000, Burst = 10_000, GroupBurst = 1000 };
        _sender = new LaneSender(bots, _ => lanes, _client, new ChatFacts(state, time, NullLogger.Instance), time, NullLoggerFactory.Instance);
        Host = new OutboxHost(store, bots, _sender, settings, time, NullLoggerFactory.Instance);
    }

    public PostgresOutbox Store { get; }
    public OutboxHost Host { get; }

    public static async Task<ClusterProcess> StartAsync(BotRegistry bots, string where, OutboxSettings settings, int leaseMs, StateFile state)
    {
        PostgresDatabase database = await PostgresDatabase.OpenAsync(where, PostgresOutbox.Migrations, TimeProvider.System, NullLogger.Instance);
        PostgresOutbox store = await PostgresOutbox.OpenAsync(database, bots, settings, leaseMs, TimeProvider.System, NullLoggerFactory.Instance);
        return new ClusterProcess(bots, database, store, settings, state);
    }

    public int Owned(BotRegistry bots) => bots.All.Count(bot => Store.EpochOf(bot.Id) != 0);

    /// <summary>A clean stop.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isGone) return;
        _isGone = true;
        await Host.StopAsync();
        await _sender.DisposeAsync();
        await Store.DisposeAsync();
        await _database.DisposeAsync();
        await _state.DisposeAsync();
        _client.Dispose();
    }
}

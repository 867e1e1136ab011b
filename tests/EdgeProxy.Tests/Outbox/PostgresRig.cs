using EdgeProxy.Bots;
using EdgeProxy.Outbox;
using EdgeProxy.Postgres;
using EdgeProxy.Tests.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>The cluster's engine over a database of its own in a real server: one process of it.</summary>
internal sealed class PostgresRig : OutboxRig
{
    private readonly string _where;
    private readonly List<(PostgresDatabase Database, PostgresOutbox Outbox)> _open = [];
    private bool _hasBegun;

    private PostgresRig(string where) => _where = where;

    /// <summary>The one that Store is.</summary>
    public PostgresOutbox Outbox { get; private set; } = null!;
    public string Where => _where;

    public static async Task<OutboxRig> OpenAsync(PostgresServer server)
    {
        var rig = new PostgresRig(await server.CreateDatabaseAsync());
        await rig.OpenAsync();
        return rig;
    }

    public override async Task<long> BeginAsync()
    {
        Assert.NotEqual(0, await Store.BeginAsync());
        _hasBegun = true;
        Assert.NotEqual(0, Store.EpochOf(Bot.Id));
        return Store.EpochOf(Bot.Id);
    }

    public override async Task ReopenAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    /// <summary>What the process was sending stays as it is.</summary>
    public override Task CrashAsync() => ReopenAsync();

    public override async Task<IReadOnlyList<long>> TallyAsync()
    {
        await Outbox.ReadFiguresAsync();
        return Store.Tally(Bot.Id);
    }

    public override async Task<long> AttemptRowsAsync() => (long)(await PostgresServer.ExecuteAsync(_where, "SELECT count(*) FROM outbox_attempt"))!;

    /// <summary>Another process.</summary>
    public async Task<PostgresOutbox> AnotherAsync(int leaseMs = 60_000, TimeProvider? time = null)
    {
        PostgresDatabase database = await PostgresDatabase.OpenAsync(_where, PostgresOutbox.Migrations, TimeProvider.System, NullLogger.Instance);
        PostgresOutbox outbox = await PostgresOutbox.OpenAsync(
            database, new BotRegistry([Bot]), Settings, leaseMs, time ?? Time, NullLoggerFactory.Instance);
        _open.Add((database, outbox));
        return outbox;
    }

    protected override async Task CloseAsync()
    {
        foreach ((PostgresDatabase database, PostgresOutbox outbox) in _open)
        {
            await outbox.DisposeAsync();
            await database.DisposeAsync();
        }

        _open.Clear();
    }

    private async Task OpenAsync()
    {
        _hasBegun = false;
        Outbox = await AnotherAsync();
        Store = new AnyStore(Outbox, Outbox, async () =>
        {
            if (!_hasBegun) await BeginAsync();
        });
    }
}

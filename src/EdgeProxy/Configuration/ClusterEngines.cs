using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Cluster;
using EdgeProxy.Commands;
using EdgeProxy.Fanout;
using EdgeProxy.Journal;
using EdgeProxy.Lanes;
using EdgeProxy.Observability;
using EdgeProxy.Outbox;
using EdgeProxy.Postgres;
using EdgeProxy.Redis;
using Npgsql;

namespace EdgeProxy.Configuration;

/// <summary>
/// Redis and PostgreSQL. Streams, budgets, leases and heartbeats are in Redis, everything that is looked up in PostgreSQL; either may be away for a
/// while: then what needs it is refused, and goes on when it is back.
/// </summary>
internal sealed class ClusterEngines : Engines
{
    private static readonly PostgresMigration[] Schema =
    [
        .. PostgresClientTokens.Migrations, .. PostgresIdempotency.Migrations, .. PostgresChatFacts.Migrations, .. PostgresOutbox.Migrations,
        .. PostgresSubscriptions.Migrations,
    ];

    private readonly ClusterSettings _cluster;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly PostgresDatabase _database;
    private readonly RedisClient _redis;
    private readonly RedisJournal _journal;
    private readonly Membership _members;
    private readonly ClusterLeases _leases;
    private readonly PostgresChatFacts _facts;
    private readonly TableFeed _tokens;
    private readonly TableFeed _subscriptions;
    private readonly PostgresIdempotency _keyTable;
    private readonly PostgresOutbox _outbox;

    private ClusterEngines(
        PostgresDatabase database, PostgresOutbox outbox, ClusterSettings cluster, EdgeSettings settings, BotRegistry bots, TimeProvider time,
        ILoggerFactory loggers)
    {
        (_database, _outbox, _cluster, _time, _loggers) = (database, outbox, cluster, time, loggers);
        _redis = new RedisClient(cluster.Redis, time, loggers.CreateLogger<RedisClient>());
        _journal = new RedisJournal(new RedisJournalSettings(cluster.Name, cluster.Redis, cluster.Partitions), time, loggers);
        string address = settings.Listen[0].GetLeftPart(UriPartial.Authority);
        _members = new Membership(_redis, cluster, address, OfflineCommands.Version, time, loggers.CreateLogger<Membership>());
        _leases = new ClusterLeases(_redis, cluster, _members, time, loggers.CreateLogger<LeaseTable>());
        _facts = new PostgresChatFacts(database, time, loggers.CreateLogger<PostgresChatFacts>());
        Chats = new ChatFacts(_facts, time, loggers.CreateLogger<ChatFacts>());
        Tokens = new ClientTokens(bots, new PostgresClientTokens(database), time, loggers.CreateLogger<ClientTokens>());
        Subscriptions = new SubscriptionBook(
            bots, settings.Subscriptions, new PostgresSubscriptions(database), SubscriptionForm.Read, loggers.CreateLogger<SubscriptionBook>());
        ILogger<TableFeed> feedLogger = loggers.CreateLogger<TableFeed>();
        _tokens = new TableFeed(database, PostgresClientTokens.Channel, Tokens.RefreshAsync, time, feedLogger);
        _subscriptions = new TableFeed(database, PostgresSubscriptions.Channel, Subscriptions.RefreshAsync, time, feedLogger);
        _keyTable = new PostgresIdempotency(database, time);
        Keys = new IdempotencyStore(_keyTable, time, loggers.CreateLogger<IdempotencyStore>());
    }

    public override IUpdateJournal Journal => _journal;
    public override ChatFacts Chats { get; }
    public override ClientTokens Tokens { get; }
    public override SubscriptionBook Subscriptions { get; }
    public override IdempotencyStore Keys { get; }
    public override IOutboxStore Outbox => _outbox;
    public override IOutboxWork OutboxWork => _outbox;
    public override ClusterLeases Leases => _leases;

    public override Func<Bot, LaneSettings, RedisBudget> Budgets => (bot, lanes) => new RedisBudget(
        _redis, _cluster.Name, bot, lanes, () => _members.Snapshot().Count, _loggers.CreateLogger<RedisBudget>());

    /// <exception cref="IOException">PostgreSQL is not there, refuses the login, or holds a newer schema.</exception>
    public static async Task<ClusterEngines> OpenAsync(
        ClusterSettings cluster, EdgeSettings settings, BotRegistry bots, TimeProvider time, ILoggerFactory loggers)
    {
        try
        {
            PostgresDatabase database = await PostgresDatabase.OpenAsync(cluster.Postgres, Schema, time, loggers.CreateLogger<PostgresDatabase>());
            PostgresOutbox outbox = await PostgresOutbox.OpenAsync(database, bots, settings.Outbox, cluster.LeaseMs, time, loggers);
            var engines = new ClusterEngines(database, outbox, cluster, settings, bots, time, loggers);
            await engines.StartAsync();
            return engines;
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or InvalidDataException or InvalidOperationException)
        {
            throw new IOException($"cannot start on PostgreSQL: {error.Message}", error);
        }
    }

    public override async Task<StarLedger> OpenStarsAsync(LaneSender sender)
    {
        var stars = new StarLedger(new PostgresStars(_database), sender, _time, _loggers.CreateLogger<StarLedger>());
        await stars.StartAsync();
        return stars;
    }

    public override IFanout MakeFanout(ReplyMethod replyMethod) =>
        new PartitionedFanout(_journal, _redis, _cluster, _leases, Subscriptions.All, replyMethod, _time, _loggers);

    public override IReadOnlyList<HealthPart> ReadinessParts() =>
    [
        JournalPart(),
        Part("redis", HealthColour.Red, _redis.Fault),
        Part("postgres", HealthColour.Red, _database.Fault),
        Part("redis durability", HealthColour.Yellow, _journal.Durability.Warning),
    ];

    public override IReadOnlyList<HealthPart> MoreParts()
    {
        MembershipSnapshot members = _members.Snapshot();
        List<HealthPart> parts = [Part("cluster", HealthColour.Yellow, members.Fault)];
        foreach (Member member in members.Members)
        {
            string self = member.Id == members.SelfId ? ", this process" : "";
            parts.Add(new HealthPart($"member:{member.Id}", HealthColour.Green, $"{member.Host} {member.Pid}, {member.Address}, {member.Version}{self}"));
        }

        foreach (LeaseTable table in _leases.Tables)
        {
            LeaseTableSnapshot leases = table.Snapshot();
            parts.Add(new HealthPart($"leases:{leases.Group}", HealthColour.Green, $"{leases.Held.Count} of {leases.Names}: {string.Join(' ', leases.Held)}"));
        }

        return parts;
    }

    public override Task LeaveAsync() => _members.LeaveAsync();

    public override async ValueTask DisposeAsync()
    {
        await _members.DisposeAsync();
        await _journal.DisposeAsync();
        await _redis.DisposeAsync();
        await _outbox.DisposeAsync();
        await _keyTable.DisposeAsync();
        await _tokens.DisposeAsync();
        await _subscriptions.DisposeAsync();
        await _facts.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task StartAsync()
    {
        _redis.Start();
        _journal.Start();
        _members.Start();
        await _facts.StartAsync(Chats);
        await _tokens.StartAsync();
        await _subscriptions.StartAsync();
        await _keyTable.StartAsync();
    }
}

using System.Collections.Concurrent;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Fanout;
using EdgeProxy.Journal;
using EdgeProxy.Redis;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Cluster;
using EdgeProxy.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Fanout;

/// <summary>One process of a cluster with its deliveries: leases and data have a client each, so that one can fail alone.</summary>
internal sealed class FanoutNode : IAsyncDisposable
{
    public const int Partitions = 6;
    private readonly RedisClient _data;
    private readonly Subscription _subscription;
    private readonly Bot _bot;

    public FanoutNode(RedisServer server, Uri consumer, int leaseMs = 1_500, TimeProvider? time = null)
        : this(server.Url, consumer, leaseMs, time)
    {
    }

    public FanoutNode(string url, Uri consumer, int leaseMs = 1_500, TimeProvider? time = null)
    {
        Cluster = new ClusterRig(url, leaseMs, time, partitions: Partitions);
        _data = RedisRig.Client(url);
        Assert.True(RedisOptions.TryParse(url, out RedisOptions? options, out _));
        Journal = new RedisJournal(
            new RedisJournalSettings("test", options! with { ConnectMs = 2_000, HangMs = 1_000 }, Partitions), TimeProvider.System,
            NullLoggerFactory.Instance);
        Journal.Start();
        BotToken.TryParse("42:secret", out BotToken? token);
        _bot = new Bot { Name = "shop", Token = token!, ApiRoot = new Uri("http://127.0.0.1:1") };
        _subscription = Subscription("main", consumer);
        Fanout = new PartitionedFanout(
            Journal, _data, Cluster.Settings, Cluster.Leases, [_subscription], ExecuteAsync, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public ClusterRig Cluster { get; }
    public RedisJournal Journal { get; }
    public PartitionedFanout Fanout { get; }
    public ConcurrentQueue<string> Methods { get; } = new();
    public int Held => Cluster.Leases.Tables[0].Snapshot().Held.Count;
    public SubscriptionSnapshot Shot => Fanout.Snapshot().First();

    public Subscription Subscription(string name, Uri url) => new() { Id = "shop/" + name, Bot = _bot, Url = url, MaxInFlight = 24 };

    /// <summary>The one it was started with, and these.</summary>
    public Task<bool> AddAsync(params Subscription[] others) => Fanout.ChangeAsync([_subscription, .. others]);

    public async Task StartAsync()
    {
        await Fanout.StartAsync();
        Cluster.Members.Start();
    }

    /// <summary>The text is what the consumer gets. Appended again and again until Redis has it, as Telegram does.</summary>
    public async Task PutAsync(long chat, long updateId, string text)
    {
        var envelope = new UpdateEnvelope
        {
            UpdateId = updateId,
            Kind = UpdateKind.Message,
            ChatType = ChatType.Private,
            Key = new QueueKey(QueueScope.Chat, UpdateKind.Unknown, chat),
            ChatId = chat,
        };
        byte[] body = Encoding.UTF8.GetBytes(text);
        while (await Journal.AppendAsync(42, envelope, body) is not (AppendOutcome.Appended or AppendOutcome.Duplicate)) await Task.Delay(20);
    }

    /// <summary>Failed attempts of parked keys as the next owner would read them.</summary>
    public async Task<int> StoredFailuresAsync()
    {
        int failures = 0;
        for (int partition = 0; partition < Partitions; partition++)
        {
            CursorRow?[]? rows = await new RedisCursors(_data, Cluster.Settings.Name, partition, 0).LoadAsync([_subscription]);
            failures += rows![0]!.Parked.Sum(key => key.Failures);
        }

        return failures;
    }

    /// <summary>Neither its leases nor its cursors reach the server any more.</summary>
    public async Task KillAsync()
    {
        await Cluster.KillAsync();
        await _data.DisposeAsync();
    }

    /// <summary>As Program does: first it leaves, then it hands back.</summary>
    public async Task StopAsync()
    {
        await Cluster.Members.LeaveAsync();
        await Fanout.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Cluster.DisposeAsync();
        await Journal.DisposeAsync();
        await _data.DisposeAsync();
    }

    private ValueTask<ApiReply> ExecuteAsync(Bot bot, string method, ReadOnlyMemory<byte> json, CancellationToken ct)
    {
        Methods.Enqueue(method);
        return ValueTask.FromResult(new ApiReply(200, [], true, 0, null));
    }
}

using EdgeProxy.Cluster;
using EdgeProxy.Fanout;
using EdgeProxy.Redis;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Redis;

namespace EdgeProxy.Tests.Fanout;

public sealed class RedisCursorsTests : IAsyncLifetime
{
    private static readonly Subscription[] Subscriptions = [Named("shop/a"), Named("shop/b")];
    private readonly RedisServer _server = new();
    private readonly RedisClient _redis;

    public RedisCursorsTests() => _redis = RedisRig.Client(_server.Url);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _redis.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task A_row_comes_back_as_it_was_stored_and_a_new_one_is_null()
    {
        await EpochAsync(5);
        var cursors = new RedisCursors(_redis, "test", 3, 5);
        var row = new CursorRow(1_700_000_000_000 << 20, 7, false, [5, 6, 1_700_000_000_000 << 19],
            [new ParkedKey(new QueueKey(QueueScope.Chat, UpdateKind.Unknown, -100), 3, 10, 4)]);
        Assert.Equal(CursorSaveOutcome.Saved, await cursors.SaveAsync([Capture("shop/b", row)]));
        CursorRow?[]? back = await cursors.LoadAsync(Subscriptions);
        Assert.Null(back![0]);
        Assert.Equal(row.Outstanding, back[1]!.Outstanding);
        Assert.Equal(row.Parked, back[1]!.Parked);
        Assert.Equal((row.Position, row.GoneSinceUnixMs), (back[1]!.Position, back[1]!.GoneSinceUnixMs));
        Assert.Null((await new RedisCursors(_redis, "test", 4, 5).LoadAsync(Subscriptions))![1]);
    }

    [Fact]
    public async Task A_write_under_an_older_epoch_is_refused_and_changes_nothing()
    {
        await EpochAsync(5);
        var old = new RedisCursors(_redis, "test", 3, 5);
        Assert.Equal(CursorSaveOutcome.Saved, await old.SaveAsync([Capture("shop/a", At(10))]));
        await EpochAsync(6);
        Assert.Equal(CursorSaveOutcome.Fenced, await old.SaveAsync([Capture("shop/a", At(20)), Capture("shop/b", At(20))]));
        var current = new RedisCursors(_redis, "test", 3, 6);
        Assert.Equal([10L, null], (await current.LoadAsync(Subscriptions))!.Select(row => row?.Position));
        Assert.Equal(CursorSaveOutcome.Saved, await current.SaveAsync([Capture("shop/a", At(30))]));
        Assert.Equal(30, (await current.LoadAsync(Subscriptions))![0]!.Position);
    }

    [Fact]
    public async Task A_delayed_older_write_of_the_same_owner_does_not_replace_a_newer_one()
    {
        await EpochAsync(5);
        var owner = new RedisCursors(_redis, "test", 3, 5);
        for (int position = 1; position <= 3; position++) await owner.SaveAsync([Capture("shop/a", At(position))]);
        var delayed = new RedisCursors(_redis, "test", 3, 5); // Its first write has number 1, as the owner's first had.
        await delayed.SaveAsync([Capture("shop/a", At(1))]);
        Assert.Equal(3, (await owner.LoadAsync(Subscriptions))![0]!.Position);
    }

    [Fact]
    public async Task A_place_is_stored_for_new_subscriptions_only_and_by_the_first()
    {
        var anyone = new RedisCursors(_redis, "test", 3, 0);
        Assert.Equal(CursorSaveOutcome.Saved, await anyone.PlaceNewAsync([Capture("shop/a", At(10))]));
        Assert.Equal(CursorSaveOutcome.Saved, await anyone.PlaceNewAsync([Capture("shop/a", At(99)), Capture("shop/b", At(50))]));
        Assert.Equal([10L, 50L], (await anyone.LoadAsync(Subscriptions))!.Select(row => row?.Position));
        Assert.Equal(CursorSaveOutcome.Fenced, await anyone.SaveAsync([Capture("shop/a", At(99))]));
    }

    [Fact]
    public async Task Rows_too_large_for_one_command_go_in_several()
    {
        await EpochAsync(1);
        var cursors = new RedisCursors(_redis, "test", 3, 1);
        byte[] blob = new byte[3 * 1024 * 1024];
        CursorCapture[] captures = [.. Enumerable.Range(0, 8).Select(i => new CursorCapture($"shop/{i}", 100 + i, 50 + i, false, blob))];
        Assert.Equal(CursorSaveOutcome.Saved, await cursors.SaveAsync(captures));
        CursorRow?[]? rows = await cursors.LoadAsync([.. captures.Select(one => Named(one.Key))]);

        // The bytes are no row: each is taken back to its lowest needed position.
        Assert.Equal(captures.Select(one => one.Low), rows!.Select(row => row!.Position));
    }

    [Fact]
    public async Task A_server_that_is_away_is_a_failure_with_a_reason()
    {
        _server.Kill();
        await using RedisClient client = RedisRig.Client(_server.Url, change: options => RedisRig.With(options, commandMs: 300));
        var cursors = new RedisCursors(client, "test", 3, 1);
        Assert.Null(await cursors.LoadAsync(Subscriptions));
        Assert.Equal(CursorSaveOutcome.Failed, await cursors.SaveAsync([Capture("shop/a", At(1))]));
        Assert.NotNull(cursors.Fault);
    }

    private static Subscription Named(string id)
    {
        BotToken.TryParse("42:secret", out BotToken? token);
        return new Subscription
        {
            Id = id,
            Bot = new EdgeProxy.Bots.Bot { Name = "shop", Token = token!, ApiRoot = new Uri("http://127.0.0.1:1") },
            Url = new Uri("http://127.0.0.1:1"),
        };
    }

    private static CursorRow At(long position) => new(position, 0, false, [], []);

    private static CursorCapture Capture(string id, CursorRow row) => new(id, row.Position, row.Position, false, CursorCodec.Encode(row));

    private async Task EpochAsync(long epoch)
    {
        using RedisCommand command = _redis.Rent("SET"u8).Key(ClusterKeys.Epoch("test", "p3")).Add(epoch);
        Assert.Equal(RedisOutcome.Ok, await _redis.SendAsync(command));
    }
}

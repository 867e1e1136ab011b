using EdgeProxy.Bots;
using EdgeProxy.Configuration;
using EdgeProxy.Fanout;
using EdgeProxy.Postgres;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Cluster;
using EdgeProxy.Tests.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Fanout;

/// <summary>The subscriptions of a cluster: what one process is told, all of them run.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresSubscriptionsTests(PostgresServer server)
{
    private const string Url = """{"url":"http://127.0.0.1:1/a"}""";

    [Fact]
    public async Task What_is_put_and_removed_at_one_process_is_applied_by_the_other()
    {
        string where = await server.CreateDatabaseAsync();
        await using Process a = await Process.StartAsync(where), b = await Process.StartAsync(where);
        Assert.Equal(SubscriptionOutcome.Made, await a.Book.PutAsync(a.Bot, "crm", Url));
        await ClusterRig.Until(() => b.Applied is ["shop/crm"], "made at the other");
        long number = b.Book.All[0].Number;
        Assert.Equal(SubscriptionOutcome.Replaced, await b.Book.PutAsync(b.Bot, "crm", """{"url":"http://127.0.0.1:1/b"}"""));
        await ClusterRig.Until(() => a.Book.All[0].Url.AbsolutePath == "/b", "changed at the first");
        Assert.Equal(number, a.Book.All[0].Number);
        Assert.Equal(SubscriptionOutcome.Removed, await a.Book.RemoveAsync(a.Bot, "crm"));
        Assert.Equal(SubscriptionOutcome.NotFound, await b.Book.RemoveAsync(b.Bot, "crm"));
        await ClusterRig.Until(() => b.Applied.Count == 0, "removed at the other");
    }

    [Fact]
    public async Task What_cannot_be_applied_is_said_and_tried_again()
    {
        string where = await server.CreateDatabaseAsync();
        await using Process a = await Process.StartAsync(where);
        a.IsAway = true;
        Assert.Equal(SubscriptionOutcome.Unavailable, await a.Book.PutAsync(a.Bot, "crm", Url));
        a.IsAway = false;
        await ClusterRig.Until(() => a.Applied is ["shop/crm"], "by the feed");
        Assert.Equal(SubscriptionOutcome.Replaced, await a.Book.PutAsync(a.Bot, "crm", Url));
    }

    private sealed class Process : IAsyncDisposable
    {
        private readonly PostgresDatabase _database;
        private readonly TableFeed _feed;

        private Process(PostgresDatabase database)
        {
            _database = database;
            BotToken.TryParse("42:secret", out BotToken? token);
            Bot = new Bot { Name = "shop", Token = token!, ApiRoot = new Uri("http://127.0.0.1:1") };
            Book = new SubscriptionBook(new BotRegistry([Bot]), [], new PostgresSubscriptions(database), SubscriptionForm.Read, NullLogger.Instance);
            _feed = new TableFeed(database, PostgresSubscriptions.Channel, Book.RefreshAsync, TimeProvider.System, NullLogger.Instance);
        }

        public Bot Bot { get; }
        public SubscriptionBook Book { get; }
        public List<string> Applied { get; private set; } = [];
        public bool IsAway { get; set; }

        public static async Task<Process> StartAsync(string where)
        {
            var process = new Process(
                await PostgresDatabase.OpenAsync(where, PostgresSubscriptions.Migrations, TimeProvider.System, NullLogger.Instance));
            await process._feed.StartAsync();
            Assert.True(await process.Book.FollowAsync(process.ApplyAsync, static () => { }));
            return process;
        }

        public async ValueTask DisposeAsync()
        {
            await _feed.DisposeAsync();
            await _database.DisposeAsync();
        }

        private Task<bool> ApplyAsync(IReadOnlyList<Subscription> all)
        {
            if (!IsAway) Applied = [.. all.Select(one => one.Id)];
            return Task.FromResult(!IsAway);
        }
    }
}

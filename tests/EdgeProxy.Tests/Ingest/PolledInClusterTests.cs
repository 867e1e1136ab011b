using System.Collections.Concurrent;
using System.Diagnostics;
using EdgeProxy.Bots;
using EdgeProxy.Ingest;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Cluster;
using EdgeProxy.Tests.Fanout;
using EdgeProxy.Tests.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Ingest;

/// <summary>Two processes that poll the same bots, each by one of them.</summary>
public sealed class PolledInClusterTests
{
    [Fact]
    public async Task Each_bot_is_polled_by_one_process_and_by_another_when_that_is_gone()
    {
        using var server = new RedisServer();
        var polls = new ConcurrentQueue<(string Who, string Bot)>();
        var answered = new ConcurrentQueue<(string Bot, long From, long To)>();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using WebApplication telegram = builder.Build();
        telegram.Run(async context =>
        {
            string[] path = context.Request.Path.Value!.Split('/'); // "", who, bot42:AAAA, method
            if (path[3] == "getUpdates")
            {
                polls.Enqueue((path[1], path[2]));
                long from = Stopwatch.GetTimestamp();
                await Task.Delay(10);
                long to = Stopwatch.GetTimestamp();
                await Task.Delay(20, context.RequestAborted); // A call that its caller has withdrawn is no call; that takes a moment to be seen here.
                answered.Enqueue((path[2], from, to));
            }

            await context.Response.WriteAsync(path[3] == "getUpdates" ? """{"ok":true,"result":[]}""" : """{"ok":true,"result":true}""");
        });
        await telegram.StartAsync();
        using var client = new BotApiClient();
        await using var first = new ClusterRig(server);
        await using var second = new ClusterRig(server);
        IngestHost one = Host(first, "one"), two = Host(second, "two");
        foreach (ClusterRig rig in new[] { first, second }) rig.Members.Start();
        one.Start();
        two.Start();
        await ClusterRig.Until(() => Last(8).Contains(("one", "bot42:AAAA")) != Last(8).Contains(("one", "bot43:AAAA")), "one bot each");
        await ClusterRig.Until(() => Last(8).Distinct().Count() == 2, "and not both by the same");
        Assert.All(one.States.Concat(two.States), state => Assert.Null(state.Problem));
        await first.Members.LeaveAsync();
        await one.StopAsync();
        int then = polls.Count;
        await ClusterRig.Until(() => polls.Skip(then).Select(poll => poll.Bot).Distinct().Count() == 2, "both are polled on");
        Assert.All(polls.Skip(then), poll => Assert.Equal("two", poll.Who));
        await two.StopAsync();

        foreach (IGrouping<string, (string Bot, long From, long To)> calls in answered.GroupBy(call => call.Bot))
        {
            (string Bot, long From, long To)[] inOrder = [.. calls.OrderBy(call => call.From)];
            Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.True(pair.Second.From >= pair.First.To, "two polled one bot"));
        }

        (string Who, string Bot)[] Last(int count) => [.. polls.TakeLast(count)];

        IngestHost Host(ClusterRig rig, string who) => new(
            new BotRegistry([Bot(42, who), Bot(43, who)]), static _ => [], client, new MemoryJournal(), static (Bot _, in UpdateEnvelope _) => { },
            TimeProvider.System, NullLoggerFactory.Instance, rig.Leases);

        Bot Bot(long id, string who)
        {
            Assert.True(BotToken.TryParse($"{id}:AAAA", out BotToken? token));
            return new Bot { Name = $"b{id}", Token = token!, ApiRoot = new Uri($"{telegram.Urls.Single()}/{who}"), Mode = IngestMode.Polling };
        }
    }
}

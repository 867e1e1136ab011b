using EdgeProxy.Outbox;
using EdgeProxy.Postgres;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Tests.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>A server that goes away: one of each test's own.</summary>
public sealed class PostgresOutboxOutageTests
{
    [Fact]
    public async Task A_server_that_crashes_while_messages_come_and_go_loses_none_and_none_goes_twice()
    {
        using var server = new PostgresServer(durable: true);
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 2);
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Latency, LatencyMs = 20 });
        ClusterProcess[] both = [await rig.AddAsync(), await rig.AddAsync()];
        foreach (ClusterProcess process in both) process.Host.Start();
        var accepted = new System.Collections.Concurrent.ConcurrentDictionary<string, MessageId>();
        using var stop = new CancellationTokenSource();
        Task[] posting = [.. Enumerable.Range(0, 8).Select(poster => Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                string text = $"{poster}-{i}";
                // Again until it is accepted, as a caller does who has a key.
                while (!stop.IsCancellationRequested)
                {
                    Acceptance said = await both[i % 2].Store.AcceptAsync(rig.Message(i % 2, (poster * 10) + (i % 10) + 1, text, text));
                    if (said.Outcome is AcceptOutcome.Accepted or AcceptOutcome.Repeated && accepted.TryAdd(text, said.Id)) break;
                    await Task.Delay(20);
                }

                await Task.Delay(5);
            }
        }))];
        for (int crash = 0; crash < 3; crash++)
        {
            long seen = rig.Telegram.Sends.Count;
            Assert.True(await Eventually.TrueAsync(() => rig.Telegram.Sends.Count > seen + 100));
            server.RestartImmediately();
        }

        int last = accepted.Count;
        Assert.True(await Eventually.TrueAsync(() => accepted.Count > last + 50));
        await stop.CancelAsync();
        await Task.WhenAll(posting);
        // Everything that was ever accepted ends, also what nobody was told of.
        Assert.True(await Eventually.TrueAsync(async () => (long)(await PostgresServer.ExecuteAsync(
            rig.Where, "SELECT count(*) FROM outbox_message WHERE state < 2"))! == 0), "something is left");
        Dictionary<string, int> sends = rig.Sends.GroupBy(send => send.Text).ToDictionary(group => group.Key, group => group.Count());
        Assert.All(sends, one => Assert.Equal(1, one.Value));
        foreach ((string text, MessageId id) in accepted)
        {
            MessageRecord? record = await both[0].Store.FindAsync(id);
            Assert.True(record?.State == MessageState.Sent, $"{text} is {record?.State}: {string.Join(", ", record?.Attempts ?? [])}");
            Assert.True(sends.ContainsKey(text), text);
        }
    }

    [Fact]
    public async Task A_message_whose_mark_was_committed_unheard_is_not_given_up_while_the_server_is_away()
    {
        using var server = new PostgresServer();
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 1);
        using var wire = new PostgresWire(server.Folder);
        string where = wire.Through(rig.Where);
        PostgresDatabase database = await PostgresDatabase.OpenAsync(where, PostgresOutbox.Migrations, TimeProvider.System, NullLogger.Instance);
        var settings = new OutboxSettings(server.Folder);
        PostgresOutbox store = await PostgresOutbox.OpenAsync(database, rig.Bots, settings, 60_000, TimeProvider.System, NullLoggerFactory.Instance);
        await store.BeginAsync();
        long epoch = store.EpochOf(rig.Bots.All[0].Id);
        MessageId id = (await store.AcceptAsync(rig.Message(0, 1, "x"))).Id;
        wire.CutAfterNextCommit();
        Task<SendPermit> mark = store.MarkSendingAsync(id, epoch);
        Assert.True(await Eventually.TrueAsync(() => wire.Refused >= 3));
        Assert.Equal(1, Convert.ToInt32(await PostgresServer.ExecuteAsync(rig.Where, "SELECT state FROM outbox_message"), null));
        Assert.False(mark.IsCompleted);
        wire.Mend();
        Assert.Equal(SendPermit.Granted, await mark.WaitAsync(TimeSpan.FromSeconds(60)));
        await store.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Without_its_server_a_process_says_so_and_sends_nothing_once_its_lease_may_be_over()
    {
        using var server = new PostgresServer();
        await using ClusterRig rig = await ClusterRig.StartAsync(server, bots: 1, leaseMs: 2_000);
        ClusterProcess process = await rig.AddAsync();
        long bot = rig.Bots.All[0].Id;
        await process.Store.BeginAsync();
        long epoch = process.Store.EpochOf(bot);
        Assert.True(process.Store.MayLeave(bot, epoch));
        MessageId id = (await process.Store.AcceptAsync(rig.Message(0, 1, "x"))).Id;
        server.Crash();
        Assert.Equal(AcceptOutcome.Unavailable, (await process.Store.AcceptAsync(rig.Message(0, 1, "y"))).Outcome);
        Assert.Equal(DecisionOutcome.Unavailable, await process.Store.DecideAsync(id, MessageDecision.Cancel));
        Assert.Equal(SendPermit.Unavailable, await process.Store.MarkSendingAsync(id, epoch));
        Assert.True(await Eventually.TrueAsync(() => !process.Store.MayLeave(bot, epoch)));
        server.Launch();
        // Nobody took the bot meanwhile: it goes on under the same epoch.
        Assert.True(await Eventually.TrueAsync(() => process.Store.MayLeave(bot, epoch)));
        Assert.Equal(SendPermit.Granted, await process.Store.MarkSendingAsync(id, epoch));
    }
}

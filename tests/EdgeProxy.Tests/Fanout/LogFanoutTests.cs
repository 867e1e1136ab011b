using EdgeProxy.Fanout;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Fanout;

/// <summary>One log that may stop being ours at any moment.</summary>
public sealed class LogFanoutTests
{
    [Fact]
    public async Task Nothing_begins_and_no_reply_is_executed_once_the_log_is_not_ours()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        var answer = new TaskCompletionSource();
        consumer.Answer = async (one, context) =>
        {
            if (one.Text != "held") return;
            await answer.Task;
            await context.Response.WriteAsync("""{"method":"sendMessage","chat_id":1,"text":"must not be sent"}""");
        };
        string folder = Directory.CreateTempSubdirectory("edge-log-").FullName;
        await using (StateFile state = StateFile.Open(Path.Combine(folder, "state.db"), FanoutHost.Migrations, TimeProvider.System, NullLogger.Instance))
        {
            using var sink = new HttpSink(rig.Time);
            Subscription[] subscriptions = [rig.Subscription(consumer.Url)];
            bool isOurs = true;
            int methods = 0;
            var run = new LogFanout(
                rig.Journal, new SqliteCursors(state, rig.Time), () => subscriptions, sink,
                (_, _, _, _) =>
                {
                    Interlocked.Increment(ref methods);
                    return ValueTask.FromResult(new ApiReply(200, [], true, 0, null));
                },
                rig.Time, NullLogger.Instance, () => Volatile.Read(ref isOurs));
            Assert.Equal(CursorSaveOutcome.Saved, await run.StartAsync());
            rig.Put(1, "delivered");
            rig.Put(2, "held");
            rig.Put(2, "behind it");
            await Rig.Until(() => consumer.Count == 2, "begun");
            Volatile.Write(ref isOurs, false);
            answer.SetResult();
            for (int i = 0; i < 50; i++) rig.Put(10 + i, "not ours");
            await run.StopAsync(new CancellationToken(true));
            Assert.Equal(["delivered", "held"], consumer.Texts.Order());
            Assert.Equal(0, methods);
        }

        Directory.Delete(folder, true);
    }

    [Fact]
    public async Task Loops_of_one_subscription_share_its_slots()
    {
        await using var rig = new Rig();
        Consumer consumer = await rig.ConsumerAsync();
        int now = 0, most = 0;
        var answer = new SemaphoreSlim(0);
        consumer.Answer = async (_, _) =>
        {
            int together = Interlocked.Increment(ref now);
            if (together > Volatile.Read(ref most)) Volatile.Write(ref most, together);
            await answer.WaitAsync();
            Interlocked.Decrement(ref now);
        };
        string folder = Directory.CreateTempSubdirectory("edge-log-").FullName;
        await using (StateFile state = StateFile.Open(Path.Combine(folder, "state.db"), FanoutHost.Migrations, TimeProvider.System, NullLogger.Instance))
        {
            using var sink = new HttpSink(rig.Time);
            Subscription[] subscriptions = [rig.Subscription(consumer.Url, inFlight: 32)];
            var run = new LogFanout(
                rig.Journal, new SqliteCursors(state, rig.Time), () => subscriptions, sink,
                static (_, _, _, _) => ValueTask.FromResult(new ApiReply(200, [], true, 0, null)), rig.Time, NullLogger.Instance, () => true);
            Assert.Equal(CursorSaveOutcome.Saved, await run.StartAsync());
            run.Share(8);
            await Rig.Until(() => run.Loops[0].Dirty, "it runs");
            for (int i = 0; i < 40; i++) rig.Put(i, $"{i}");
            await Rig.Until(() => Volatile.Read(ref now) == 4, "a share of 32 / 8");
            run.Share(100);
            answer.Release(10);
            await Rig.Until(() => consumer.Count == 11 && Volatile.Read(ref now) == 1, "never less than one");
            Assert.Equal(4, most);
            run.Share(1);
            answer.Release(1);
            await Rig.Until(() => Volatile.Read(ref now) == 29, "all that are left");
            answer.Release(100);
            await run.StopAsync(CancellationToken.None);
        }

        Directory.Delete(folder, true);
    }
}

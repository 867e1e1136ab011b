using System.Text;
using EdgeProxy.Lanes;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Postgres;
using EdgeProxy.Tests.Simulator;

namespace EdgeProxy.Tests.Sender;

[Collection(PostgresTests.Name)]
public sealed class PostgresStarsTests(PostgresServer server)
{
    [Fact]
    public async Task What_processes_spend_on_one_day_adds_up_in_all_of_them_and_in_the_next()
    {
        // One message a second is free, so of these ten at once some are paid for.
        LaneSettings lanes = new() { PerSecond = 1, Burst = 1, PaidStarsPerDay = 100 };
        await using FakeTelegram telegram = await FakeTelegram.StartAsync(new FakeTelegramOptions { EnforceLimits = false });
        telegram.AddBot(SenderRig.Token);
        string where = await server.CreateDatabaseAsync();
        await using StateProcess a = await StateProcess.StartAsync(where, telegram.Url, lanes);
        await using StateProcess b = await StateProcess.StartAsync(where, telegram.Url, lanes);
        await Task.WhenAll(SpendAsync(a, 0), SpendAsync(b, 100));
        Assert.True(await TelegramClient.EventuallyAsync(() => StarsOf(a) == StarsOf(b) && Kept(where) == StarsOf(a)));
        double both = StarsOf(a);
        Assert.True(both > 0);

        server.RestartImmediately();
        await SpendAsync(a, 200);
        Assert.True(await TelegramClient.EventuallyAsync(() => StarsOf(a) == StarsOf(b) && Kept(where) == StarsOf(a)));
        Assert.True(StarsOf(a) > both);
        double last = StarsOf(a);
        await b.DisposeAsync();
        await using StateProcess next = await StateProcess.StartAsync(where, telegram.Url, lanes);
        Assert.Equal(last, StarsOf(next), 3);
    }

    private static double StarsOf(StateProcess process) => Assert.Single(process.Sender.Spending()).Stars;

    private static double Kept(string where) =>
        (long)(PostgresServer.ExecuteAsync(where, "SELECT coalesce(sum(tenths), 0)::bigint FROM lanes_spending").GetAwaiter().GetResult() ?? 0L) / 10.0;

    private static async Task SpendAsync(StateProcess process, int firstChat)
    {
        for (int chat = 1; chat <= 10; chat++)
        {
            byte[] json = Encoding.UTF8.GetBytes($$"""{"chat_id":{{firstChat + chat}},"text":"x","allow_paid_broadcast":true}""");
            OutgoingCall call = CallScan.Json(ApiMethod.Of("sendMessage"), json);
            Assert.Equal(SendOutcome.Sent, (await process.Sender.SendAsync(process.Bot, call, SenderRig.Patient, default)).Outcome);
        }
    }
}

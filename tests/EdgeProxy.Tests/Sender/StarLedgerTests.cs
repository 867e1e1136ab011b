using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Sender;

public sealed class StarLedgerTests
{
    [Fact]
    public async Task What_was_spent_today_is_known_to_the_next_process()
    {
        // One message a second is free, so of these ten at once some are paid for.
        LaneSettings settings = new() { PerSecond = 1, Burst = 1, PaidStarsPerDay = 100 };
        await using SenderRig rig = await SenderRig.StartAsync(settings: settings);
        await using (new StarLedger(rig.State, rig.Sender, TimeProvider.System, NullLogger.Instance))
        {
            for (int chat = 1; chat <= 10; chat++)
            {
                byte[] json = System.Text.Encoding.UTF8.GetBytes($$"""{"chat_id":{{chat}},"text":"x","allow_paid_broadcast":true}""");
                Assert.Equal(SendOutcome.Sent, (await rig.SendAsync(CallScan.Json(ApiMethod.Of("sendMessage"), json))).Outcome);
            }
        }

        (Bot bot, DateOnly day, double stars) = Assert.Single(rig.Sender.Spending());
        Assert.True(stars > 0);
        using BotApiClient client = new();
        await using LaneSender next = new(new BotRegistry([bot]), _ => settings, client, rig.Facts, TimeProvider.System, NullLoggerFactory.Instance);
        await using StarLedger ledger = new(rig.State, next, TimeProvider.System, NullLogger.Instance);
        Assert.Equal((bot, day, stars), Assert.Single(next.Spending()));
    }
}

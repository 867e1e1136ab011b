using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Fanout;
using EdgeProxy.Journal;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Fanout;

/// <summary>The room over the real journal, state file and clock, with a restart in the middle.</summary>
public sealed class FanoutOverSegmentsTests
{
    [Fact]
    public async Task Delivers_every_update_once_and_in_order_over_a_restart()
    {
        string folder = Directory.CreateTempSubdirectory("edge-fanout-").FullName;
        try
        {
            await using Consumer consumer = await Consumer.StartAsync(TimeProvider.System);
            BotToken.TryParse("42:secret", out BotToken? token);
            var bot = new Bot { Name = "shop", Token = token!, ApiRoot = new Uri("http://127.0.0.1:1") };
            var subscription = new Subscription { Id = "shop/main", Bot = bot, Url = consumer.Url };
            const int Half = 500;
            for (int round = 0; round < 2; round++)
            {
                var settings = new JournalSettings(Path.Combine(folder, "journal"));
                await using SegmentJournal journal = SegmentJournal.Open(settings, TimeProvider.System, NullLogger.Instance);
                string path = Path.Combine(folder, "state.db");
                await using StateFile state = StateFile.Open(path, FanoutHost.Migrations, TimeProvider.System, NullLogger.Instance);
                var host = new FanoutHost(
                    journal, state, [subscription], (_, _, _, _) => ValueTask.FromResult(new ApiReply(200, [], true, 0, null)),
                    TimeProvider.System, NullLoggerFactory.Instance);
                await host.StartAsync();
                for (int i = round * Half; i < (round + 1) * Half; i++) await AppendAsync(journal, i);
                if (round == 1) await Rig.Until(() => consumer.Count >= 2 * Half, "all deliveries");
                await host.StopAsync(); // The first round stops with whatever is still undelivered.
            }

            int[] ids = [.. consumer.Texts.Select(Id)];
            Assert.Equal(Enumerable.Range(0, 2 * Half), ids.Order());
            foreach (var chat in ids.GroupBy(id => id % 10)) Assert.Equal(chat.Order(), chat);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task AppendAsync(SegmentJournal journal, int id)
    {
        string chat = $$"""{"type":"private","id":{{id % 10 + 1}} }""";
        string text = $$"""{"update_id":{{id}},"message":{"message_id":1,"date":1,"chat":{{chat}} } }""";
        byte[] body = Encoding.UTF8.GetBytes(text);
        Assert.Equal(EnvelopeOutcome.Ok, UpdateEnvelope.TryRead(body, out UpdateEnvelope envelope));
        Assert.Equal(AppendOutcome.Appended, await journal.AppendAsync(42, envelope, body));
    }

    private static int Id(string text) => int.Parse(text.AsSpan("{\"update_id\":".Length, text.IndexOf(',') - "{\"update_id\":".Length));
}

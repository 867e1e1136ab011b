using EdgeProxy.Bots;
using EdgeProxy.Ingest;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Fanout;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Ingest;

public sealed class IngestOffTests
{
    [Fact]
    public async Task A_bot_with_mode_off_is_neither_polled_nor_registered_nor_posted_to()
    {
        Assert.True(BotToken.TryParse("42:AAAA", out BotToken? token));
        var bot = new Bot { Name = "demo", Token = token, ApiRoot = new Uri("http://127.0.0.1:1"), Mode = IngestMode.Off };
        var bots = new BotRegistry([bot]);
        var journal = new MemoryJournal();
        using var client = new BotApiClient();
        var host = new IngestHost(bots, _ => [], client, journal, Ignore, TimeProvider.System, NullLoggerFactory.Instance);
        Assert.Empty(host.States);

        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.Path = WebhookEndpoint.PathPrefix + "demo";
        long tail = journal.Snapshot().Tail;
        await new WebhookEndpoint(bots, journal, Ignore, new SourceCheck(false, []), TimeProvider.System).HandleAsync(context);
        Assert.Equal((StatusCodes.Status404NotFound, tail), (context.Response.StatusCode, journal.Snapshot().Tail));
    }

    private static void Ignore(Bot bot, in UpdateEnvelope update)
    {
    }
}

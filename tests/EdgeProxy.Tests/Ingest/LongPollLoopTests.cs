using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Ingest;

/// <summary>The polling loop and the registrar against a scripted Telegram on a real socket.</summary>
public sealed class LongPollLoopTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-poll").FullName;
    private readonly ConcurrentQueue<(string Method, string Body)> _calls = new();
    private readonly ConcurrentQueue<string> _answers = new();
    private readonly BotApiClient _client = new();
    private WebApplication _app = null!;
    private SegmentJournal _journal = null!;

    public async Task InitializeAsync()
    {
        _journal = SegmentJournal.Open(new JournalSettings(_folder), TimeProvider.System, NullLogger<SegmentJournal>.Instance);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        await _journal.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_offset_moves_only_past_what_is_stored_and_the_bytes_stay()
    {
        _answers.Enqueue("""{"ok":true,"result":true}""");
        _answers.Enqueue("""{"ok":true,"result":[{"update_id":100, "message":{"text":"перше"}},{"update_id":101}]}""");
        _answers.Enqueue("""{"ok":true,"result":[]}""");
        using var stop = new CancellationTokenSource();
        var loop = Loop(_journal);
        Task running = loop.RunAsync(stop.Token);
        await Eventually(() => _calls.Count >= 4);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        (string Method, string Body)[] calls = [.. _calls];
        Assert.Equal(["deleteWebhook", "getUpdates", "getUpdates", "getUpdates"], calls.Take(4).Select(call => call.Method));
        Assert.DoesNotContain("offset", calls[1].Body, StringComparison.Ordinal);
        Assert.Contains("\"offset\":102", calls[2].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("offset", calls[3].Body, StringComparison.Ordinal);
        using IJournalReader reader = _journal.OpenReader(0);
        Assert.True(reader.TryReadNext(out JournalRecord record));
        Assert.Equal("""{"update_id":100, "message":{"text":"перше"}}""", Encoding.UTF8.GetString(record.Body.Span));
        Assert.True(reader.TryReadNext(out record));
        Assert.False(reader.TryReadNext(out _));
    }

    [Fact]
    public async Task After_a_refusal_nothing_of_the_same_chat_is_stored_before_it()
    {
        _answers.Enqueue("""{"ok":true,"result":true}""");
        _answers.Enqueue("""
            {"ok":true,"result":[{"update_id":1,"message":{"chat":{"id":5,"type":"private"}}},
            {"update_id":2,"message":{"chat":{"id":6,"type":"private"}}},{"update_id":3,"message":{"chat":{"id":5,"type":"private"}}}]}
            """);
        using var stop = new CancellationTokenSource();
        var journal = new RefusesOnce(_journal, refused: 1);
        var loop = Loop(journal);
        Task running = loop.RunAsync(stop.Token);
        await Eventually(() => loop.State.Problem == "disk_failed");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal([1L, 2L], journal.Asked);
    }

    [Fact]
    public async Task A_batch_larger_than_the_queue_of_the_journal_is_stored_at_once()
    {
        string filler = new('x', 500 * 1024);
        _answers.Enqueue("""{"ok":true,"result":true}""");
        string updates = string.Join(',', Enumerable.Range(1, 90).Select(id => $$"""{"update_id":{{id}},"x":"{{filler}}"}"""));
        _answers.Enqueue($$"""{"ok":true,"result":[{{updates}}]}""");
        using var stop = new CancellationTokenSource();
        var loop = Loop(_journal);
        Task running = loop.RunAsync(stop.Token);
        await Eventually(() => _calls.Count >= 3);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Contains("\"offset\":91", _calls.Last().Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"ok":true,"result":[]}""")]
    [InlineData("""{"ok":false,"error_code":429,"description":"slow down","parameters":{"retry_after":2147483647}}""")]
    public async Task An_odd_answer_does_not_end_the_registrar(string odd)
    {
        _answers.Enqueue(odd);
        using var stop = new CancellationTokenSource();
        var loop = new WebhookRegistrarLoop(Bot(), AllowedUpdates.For([]), _client, TimeProvider.System, NullLogger<WebhookRegistrarLoop>.Instance);
        Task running = loop.RunAsync(stop.Token);
        await Eventually(() => running.IsCompleted || _calls.Count >= 2 || loop.State.Problem!.Contains("slow down", StringComparison.Ordinal));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_batch_without_an_update_id_is_a_problem_and_not_asked_for_at_once()
    {
        _answers.Enqueue("""{"ok":true,"result":true}""");
        for (int i = 0; i < 50; i++) _answers.Enqueue("""{"ok":true,"result":[{"message":{}}]}""");
        using var stop = new CancellationTokenSource();
        var loop = Loop(_journal);
        Task running = loop.RunAsync(stop.Token);
        await Eventually(() => loop.State.Problem?.Contains("update_id", StringComparison.Ordinal) == true);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.InRange(_calls.Count, 2, 49);
    }

    [Fact]
    public async Task A_webhook_is_set_when_something_differs_and_left_alone_when_nothing_does()
    {
        Bot bot = Bot();
        string url = WebhookRegistrarLoop.UrlWithFingerprint(bot);
        _answers.Enqueue("""{"ok":true,"result":{"url":"","pending_update_count":0}}""");
        _answers.Enqueue("""{"ok":true,"result":true,"description":"Webhook was set"}""");
        _answers.Enqueue($$$"""{"ok":true,"result":{"url":"{{{url}}}","max_connections":40,"allowed_updates":["message","chat_member"]}}""");
        AllowedUpdates allowed = AllowedUpdates.For([[UpdateKind.ChatMember, UpdateKind.Message]]);
        for (int start = 0; start < 2; start++)
        {
            var loop = new WebhookRegistrarLoop(bot, allowed, _client, TimeProvider.System, NullLogger<WebhookRegistrarLoop>.Instance);
            await loop.RegisterAsync(CancellationToken.None);
            Assert.Null(loop.State.Problem);
        }

        (string Method, string Body)[] calls = [.. _calls];
        Assert.Equal(["getWebhookInfo", "setWebhook", "getWebhookInfo"], calls.Select(call => call.Method));
        using JsonDocument sent = JsonDocument.Parse(calls[1].Body);
        Assert.Equal(url, sent.RootElement.GetProperty("url").GetString());
        Assert.Equal("s3cret", sent.RootElement.GetProperty("secret_token").GetString());
        Assert.Equal(40, sent.RootElement.GetProperty("max_connections").GetInt32());
        Assert.Equal(["chat_member", "message"], sent.RootElement.GetProperty("allowed_updates").EnumerateArray().Select(item => item.GetString()!));
    }

    [Fact]
    public async Task Kinds_that_a_new_consumer_wants_are_asked_for_at_once_and_nothing_is_said_of_others()
    {
        string url = WebhookRegistrarLoop.UrlWithFingerprint(Bot());
        string known = $$$"""{"ok":true,"result":{"url":"{{{url}}}","max_connections":40,"allowed_updates":["message"]}}""";
        _answers.Enqueue(known);
        _answers.Enqueue(known);
        _answers.Enqueue("""{"ok":true,"result":true}""");
        using var stop = new CancellationTokenSource();
        var loop = new WebhookRegistrarLoop(
            Bot(), AllowedUpdates.For([[UpdateKind.Message]]), _client, TimeProvider.System, NullLogger<WebhookRegistrarLoop>.Instance);
        Task running = loop.RunAsync(stop.Token);
        await Eventually(() => _calls.Count == 1 && loop.State.Problem is null);
        loop.Allow(AllowedUpdates.For([[UpdateKind.Message], [UpdateKind.Message]]));
        loop.Allow(AllowedUpdates.For([[UpdateKind.Message], [UpdateKind.ChatMember]]));
        await Eventually(() => _calls.Count == 3);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(["getWebhookInfo", "getWebhookInfo", "setWebhook"], _calls.Select(call => call.Method));
        Assert.Contains("\"allowed_updates\":[\"chat_member\",\"message\"]", _calls.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_secret_is_another_url_and_the_secret_is_not_in_it()
    {
        string url = WebhookRegistrarLoop.UrlWithFingerprint(Bot());
        Assert.NotEqual(url, WebhookRegistrarLoop.UrlWithFingerprint(Bot("other")));
        Assert.StartsWith("https://edge.example.org/hook?a=b&v=", url, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", url, StringComparison.Ordinal);
    }

    private Bot Bot(string secret = "s3cret")
    {
        Assert.True(BotToken.TryParse("42:AAAA", out BotToken? token));
        return new Bot
        {
            Name = "demo",
            Token = token!,
            ApiRoot = new Uri(_app.Urls.Single()),
            Secret = Encoding.UTF8.GetBytes(secret),
            WebhookUrl = new Uri("https://edge.example.org/hook?a=b"),
        };
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        _calls.Enqueue((context.Request.Path.Value!.Split('/')[^1], await reader.ReadToEndAsync()));
        if (!_answers.TryDequeue(out string? answer)) await Task.Delay(Timeout.Infinite, context.RequestAborted);
        await context.Response.WriteAsync(answer!);
    }

    private static async Task Eventually(Func<bool> condition)
    {
        for (int i = 0; i < 3_000 && !condition(); i++) await Task.Delay(20);
        Assert.True(condition(), "did not happen within 60 s");
    }

    private LongPollLoop Loop(IUpdateJournal journal) => new(
        Bot(), AllowedUpdates.For([]), _client, journal, static (Bot _, in UpdateEnvelope _) => { }, TimeProvider.System,
        NullLogger<LongPollLoop>.Instance);
}

using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Fanout;

/// <summary>A real HTTP server on loopback that plays a bot's back end.</summary>
internal sealed class Consumer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _received = new();

    private Consumer(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = new("http://127.0.0.1/");

    /// <summary>What it answers; 200 with no body unless a test says otherwise.</summary>
    public Func<Received, HttpContext, Task> Answer { get; set; } = static (_, _) => Task.CompletedTask;

    public IReadOnlyList<Received> All => [.. _received];
    public int Count => _received.Count;
    public string[] Texts => [.. _received.Select(one => one.Text)];

    public static async Task<Consumer> StartAsync(TimeProvider time)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var consumer = new Consumer(app);
        app.MapPost("/hook", async context =>
        {
            using var copy = new MemoryStream();
            await context.Request.Body.CopyToAsync(copy);
            byte[] body = copy.ToArray();
            var headers = context.Request.Headers;
            var one = new Received(
                body, Encoding.UTF8.GetString(body), headers["X-Telegram-Bot-Api-Secret-Token"], headers["X-Edge-Attempt"],
                headers["X-Edge-Bot"], context.Request.ContentType, time.GetUtcNow().ToUnixTimeMilliseconds());
            consumer._received.Enqueue(one);
            await consumer.Answer(one, context);
        });
        await app.StartAsync();
        consumer.Url = new Uri(app.Urls.First() + "/hook");
        return consumer;
    }

    public static Func<Received, HttpContext, Task> Status(Func<Received, int> status) => (one, context) =>
    {
        context.Response.StatusCode = status(one);
        return Task.CompletedTask;
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Outbox.Api;

/// <summary>A receiver of status call-backs on a real socket.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(Func<int, HttpContext, Task> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        int calls = 0;
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            IHeaderDictionary headers = context.Request.Headers;
            Calls.Enqueue((headers["X-Edge-Delivery"].ToString(), headers["X-Edge-Signature"].ToString(), Encoding.UTF8.GetString(body.ToArray())));
            await answer(Interlocked.Increment(ref calls), context);
        });
    }

    public ConcurrentQueue<(string Delivery, string Signature, string Body)> Calls { get; } = new();

    public string Url => _app.Urls.Single() + "/hook";

    public static async Task<Receiver> StartAsync(Func<int, HttpContext, Task> answer)
    {
        var receiver = new Receiver(answer);
        await receiver._app.StartAsync();
        return receiver;
    }

    public static async Task<Receiver> StartAsync(params HttpStatusCode[] answers) => await StartAsync((call, context) =>
    {
        context.Response.StatusCode = (int)answers[Math.Min(call, answers.Length) - 1];
        return Task.CompletedTask;
    });

    /// <summary>Polls until it is true; fails after a bound.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (!await condition())
        {
            Assert.False(bound.IsCancellationRequested, "not reached: " + what);
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

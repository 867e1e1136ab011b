using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Simulator;

/// <summary>A webhook on a real socket: the test says how it answers, it remembers what it got.</summary>
internal sealed class WebhookTarget : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<HttpContext, long, Task> _answer;

    private WebhookTarget(Func<HttpContext, long, Task> answer)
    {
        _answer = answer;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>update_id and body of every attempt, in the order of arrival.</summary>
    public ConcurrentQueue<(long UpdateId, byte[] Body)> Attempts { get; } = new();
    public ConcurrentBag<string?> Secrets { get; } = [];
    public string Url { get; private set; } = "";

    public static async Task<WebhookTarget> StartAsync(Func<HttpContext, long, Task>? answer = null)
    {
        var target = new WebhookTarget(answer ?? ((_, _) => Task.CompletedTask));
        await target._app.StartAsync();
        IServer server = target._app.Services.GetRequiredService<IServer>();
        target.Url = server.Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/hook";
        return target;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var update = JsonDocument.Parse(body.ToArray());
        long id = update.RootElement.GetProperty("update_id").GetInt64();
        Secrets.Add(context.Request.Headers["X-Telegram-Bot-Api-Secret-Token"]);
        Attempts.Enqueue((id, body.ToArray()));
        await _answer(context, id);
    }
}

using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace EdgeProxy.Simulator.Demo;

/// <summary>
/// The consumer: a small bot behind Kestrel. It acknowledges every update, and answers some private messages with a sendMessage in
/// the reply body. It can be killed: requests in the middle of their work are cut off without an answer and the listener closes.
/// </summary>
internal sealed class EchoBot(DemoLedger ledger, string secret) : IAsyncDisposable
{
    private const int EchoOneIn = 50;
    private const int WorkMs = 2;

    private WebApplication? _app;
    private volatile bool _killed;
    private int _port;
    private int _attemptsCut;

    public string Url => $"http://127.0.0.1:{_port}/hook";

    /// <summary>Requests that were cut off by a kill; they do not count as deliveries.</summary>
    public int AttemptsCut => _attemptsCut;

    /// <summary>Requests with a wrong secret.</summary>
    public int Strangers { get; private set; }

    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        _app = builder.Build();
        _app.Run(HandleAsync);
        _killed = false;
        await _app.StartAsync();
        _port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    /// <summary>
    /// Cuts off what is in flight. What has been acknowledged already is still written out, so that both sides agree on it.
    /// </summary>
    public async Task KillAsync()
    {
        _killed = true;
        if (_app is { } app)
        {
            _app = null;
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await app.StopAsync(patience.Token);
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task HandleAsync(HttpContext context)
    {
        if (context.Request.Headers["X-Telegram-Bot-Api-Secret-Token"] != secret)
        {
            Strangers++;
            context.Response.StatusCode = 401;
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        await Task.Delay(WorkMs);
        if (_killed)
        {
            Interlocked.Increment(ref _attemptsCut);
            context.Abort();
            return;
        }

        byte[] bytes = body.ToArray();
        using var update = JsonDocument.Parse(bytes);
        long updateId = update.RootElement.GetProperty("update_id").GetInt64();
        ledger.Acknowledge(updateId, bytes);
        if (EchoOf(updateId, update.RootElement) is { } echo)
        {
            await context.Response.WriteAsJsonAsync(echo);
        }
    }

    private static object? EchoOf(long updateId, JsonElement update) =>
        updateId % EchoOneIn == 0 && update.TryGetProperty("message", out JsonElement message)
            && message.TryGetProperty("text", out JsonElement text)
            ? new { method = "sendMessage", chat_id = message.GetProperty("chat").GetProperty("id").GetInt64(), text = text.GetString() }
            : null;
}

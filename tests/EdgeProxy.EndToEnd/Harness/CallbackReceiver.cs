using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>Where status call-backs arrive. It checks the signature as the README says and keeps the messages; the first call is refused with 500.</summary>
internal sealed class CallbackReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<JsonElement> _messages = new();
    private WebApplication? _app;
    private int _calls;
    private int _unsigned;

    public int Port { get; } = Ports.Free();

    public string Url => $"http://127.0.0.1:{Port}/status";

    public IReadOnlyCollection<JsonElement> Messages => _messages;

    public int Calls => _calls;

    /// <summary>Calls whose signature was missing or wrong.</summary>
    public int Unsigned => _unsigned;

    public async Task UpAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Port}");
        _app = builder.Build();
        _app.MapPost("/status", AnswerAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is null)
            return;
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var body = buffer.ToArray();
        var isFirst = Interlocked.Increment(ref _calls) == 1;
        if (!IsSigned(context.Request.Headers["X-Edge-Signature"].ToString(), body))
            Interlocked.Increment(ref _unsigned);
        if (!isFirst)
            _messages.Enqueue(JsonDocument.Parse(body).RootElement);
        context.Response.StatusCode = isFirst ? 500 : 204;
    }

    // t=<Unix seconds>,v1=<hex of HMAC-SHA256(secret, t "." body)>
    private static bool IsSigned(string header, byte[] body)
    {
        if (header.Split(',') is not [['t', '=', .. var time], ['v', '1', '=', .. var hex]])
            return false;
        byte[] signed = [.. Encoding.ASCII.GetBytes(time + "."), .. body];
        var age = TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(time));
        return age.Duration() < TimeSpan.FromMinutes(5)
            && Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(OutboxProxy.CallbackSecret), signed)) == hex;
    }
}

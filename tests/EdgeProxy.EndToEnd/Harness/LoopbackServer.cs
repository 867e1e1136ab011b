using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>An HTTP server in this process with one path that is posted to. It keeps its port while it is down.</summary>
internal abstract class LoopbackServer(string path) : IAsyncDisposable
{
    private WebApplication? _app;

    public int Port { get; } = Ports.Free();

    public string Url => $"http://127.0.0.1:{Port}{path}";

    public async Task UpAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Port}");
        _app = builder.Build();
        _app.MapPost(path, AnswerAsync);
        await _app.StartAsync();
    }

    public async Task DownAsync()
    {
        if (_app is null)
            return;
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync() => await DownAsync();

    protected abstract Task AnswerAsync(HttpContext context);
}

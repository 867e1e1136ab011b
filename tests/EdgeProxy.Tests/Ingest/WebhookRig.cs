using System.Net;
using EdgeProxy.Bots;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Ingest;

/// <summary>The webhook endpoint behind a real Kestrel on a free port, with a real journal in a temporary folder behind it.</summary>
internal sealed class WebhookRig : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-webhook").FullName;
    private readonly HttpClient _http = new();
    private readonly SegmentJournal _journal;
    private readonly WebApplication _app;

    private WebhookRig()
    {
        Assert.True(BotToken.TryParse("42:AAAA", out BotToken? token));
        Assert.True(BotToken.TryParse("43:AAAA", out BotToken? polled));
        var apiRoot = new Uri("http://127.0.0.1:1");
        var bots = new BotRegistry([
            new Bot { Name = "demo", Token = token!, ApiRoot = apiRoot, Secret = "s3cret"u8.ToArray() },
            new Bot { Name = "polled", Token = polled!, ApiRoot = apiRoot, Mode = IngestMode.Polling },
        ]);
        _journal = SegmentJournal.Open(new JournalSettings(_folder), TimeProvider.System, NullLogger<SegmentJournal>.Instance);
        var endpoint = new WebhookEndpoint(bots, _journal, static (Bot _, in UpdateEnvelope _) => { }, new SourceCheck(false, []), TimeProvider.System);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = Limits.WebhookRequestBytesMax); // as Program does
        builder.WebHost.ConfigureKestrel(options => options.ConfigureEndpointDefaults(listen => listen.Use(endpoint.Before)));
        builder.Logging.AddProvider(Complaints);
        _app = builder.Build();
        _app.Use(next => context => WebhookEndpoint.Owns(context) ? endpoint.HandleAsync(context) : next(context));
    }

    /// <summary>What the server logged as a warning or worse.</summary>
    public Complaints Complaints { get; } = new();

    public Uri Root => new(_app.Urls.Single());

    /// <summary>Where the next stored record will stand.</summary>
    public long Tail => _journal.Tail;

    public static async Task<WebhookRig> StartAsync()
    {
        var rig = new WebhookRig();
        await rig._app.StartAsync();
        return rig;
    }

    /// <summary>Returns when the server has done with every request.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await _journal.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The bodies stored from a position on, in order.</summary>
    public List<byte[]> Stored(long from = 0)
    {
        using IJournalReader reader = _journal.OpenReader(from);
        var list = new List<byte[]>();
        while (reader.TryReadNext(out JournalRecord record)) list.Add(record.Body.ToArray());
        return list;
    }

    public async Task<(HttpStatusCode Code, string Text)> SendAsync(
        string bot, byte[] body, string secret = "s3cret", HttpMethod? method = null, bool chunked = false)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Post, new Uri(Root, "/telegram/webhook/" + bot));
        request.Content = new ByteArrayContent(body);
        request.Headers.TransferEncodingChunked = chunked;
        if (secret.Length > 0) request.Headers.Add(SecretToken.Header, secret);
        using HttpResponseMessage response = await _http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}

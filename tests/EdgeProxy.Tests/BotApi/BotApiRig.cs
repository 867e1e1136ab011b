using System.Net.Sockets;
using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Ingest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using BotApiEndpoint = EdgeProxy.BotApi.BotApiEndpoint;

namespace EdgeProxy.Tests.BotApi;

/// <summary>The drop-in surface behind a real Kestrel on a free port, with real lanes, in front of a fake Telegram.</summary>
internal sealed class BotApiRig : IAsyncDisposable
{
    public const string Token = "1000001:AAEdgeProxyTestTokenForSimulator000";
    public const string OwnedToken = "1000002:AAEdgeProxyTestTokenForSimulator000";

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-botapi").FullName;
    private readonly StateFile _state;
    private readonly LaneSender _sender;
    private readonly BotApiClient _client = new();
    private readonly WebApplication _app;

    private BotApiRig(FakeTelegram telegram, LaneSettings settings, Uri? apiRoot)
    {
        Telegram = telegram;
        Assert.True(BotToken.TryParse(Token, out BotToken? free));
        Assert.True(BotToken.TryParse(OwnedToken, out BotToken? owned));
        apiRoot ??= new Uri(telegram.Url);
        Bot = new Bot { Name = "free", Token = free!, ApiRoot = apiRoot, Mode = IngestMode.Off };
        var bots = new BotRegistry([
            Bot,
            new Bot { Name = "owned", Token = owned!, ApiRoot = apiRoot, Mode = IngestMode.Polling },
        ]);
        Migration[] migrations = [.. ChatFacts.Migrations, .. ClientTokens.Migrations, .. IdempotencyStore.Migrations];
        _state = StateFile.Open(Path.Combine(_folder, "state.db"), migrations, TimeProvider.System, NullLogger.Instance);
        var facts = new ChatFacts(_state, TimeProvider.System, NullLogger.Instance);
        _sender = new LaneSender(bots, _ => settings, _client, facts, TimeProvider.System, NullLoggerFactory.Instance);
        Spool = new UploadSpool(SpoolFolder);
        ClientTokens = new ClientTokens(bots, _state, TimeProvider.System, NullLogger.Instance);
        var keys = new IdempotencyStore(_state, TimeProvider.System, NullLogger.Instance);
        var endpoint = new BotApiEndpoint(bots, ClientTokens, keys, _sender, _client, _ => settings, Spool);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(Configure);
        builder.Logging.AddProvider(Complaints);
        _app = builder.Build();
        _app.Use(next => context => BotApiEndpoint.Owns(context) ? endpoint.HandleAsync(context) : next(context));
    }

    public FakeTelegram Telegram { get; }
    public Bot Bot { get; }
    public ClientTokens ClientTokens { get; }
    public UploadSpool Spool { get; }
    public string SpoolFolder => Path.Combine(_folder, "uploads");

    /// <summary>What the server logged as a warning or worse.</summary>
    public Complaints Complaints { get; } = new();
    public HttpClient Http { get; } = new(Patient()) { Timeout = TimeSpan.FromSeconds(60) };
    public string Url => _app.Urls.Single();
    public IReadOnlyList<LaneSnapshot> Lanes => _sender.Snapshot();

    /// <summary>The simulator does not limit, so that only what a test is about is seen.</summary>
    public static async Task<BotApiRig> StartAsync(LaneSettings? settings = null, bool enforceLimits = false, Uri? apiRoot = null)
    {
        var options = new FakeTelegramOptions { EnforceLimits = enforceLimits };
        options.Tokens.AddRange([Token, OwnedToken]);
        var rig = new BotApiRig(await FakeTelegram.StartAsync(options), settings ?? Wide(), apiRoot);
        await rig._app.StartAsync();
        return rig;
    }

    /// <summary>Lanes that hold nobody back.</summary>
    public static LaneSettings Wide() => new()
    {
        PrivatePerSecond = 1000,
        PrivateBurst = 1000,
        GroupPerMinute = 60_000,
        GroupBurst = 1000,
        PerSecond = 1000,
        Burst = 1000,
    };

    /// <summary>Status, body and Retry-After or X-Edge-Outcome of one call through the proxy.</summary>
    public Task<(int Status, string Body, string? Outcome)> CallAsync(string path, HttpContent? content, HttpMethod? method = null) =>
        AskAsync(Url, path, content, method);

    /// <summary>The same call straight to the simulator.</summary>
    public Task<(int Status, string Body, string? Outcome)> DirectAsync(string path, HttpContent? content, HttpMethod? method = null) =>
        AskAsync(Telegram.Url, path, content, method);

    /// <summary>A socket on which a test writes a request byte by byte.</summary>
    public async Task<NetworkStream> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", new Uri(Url).Port);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        await _sender.DisposeAsync();
        _client.Dispose();
        await _state.DisposeAsync();
        await Telegram.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<(int Status, string Body, string? Outcome)> AskAsync(string root, string path, HttpContent? content, HttpMethod? method)
    {
        using var request = new HttpRequestMessage(method ?? (content is null ? HttpMethod.Get : HttpMethod.Post), root + path) { Content = content };
        using HttpResponseMessage response = await Http.SendAsync(request);
        string? outcome = response.Headers.TryGetValues(CallReply.OutcomeHeader, out IEnumerable<string>? values) ? values.Single() : null;
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), outcome);
    }

    // Who asked whether to send a body waits for the answer.
    private static SocketsHttpHandler Patient() => new() { UseProxy = false, Expect100ContinueTimeout = TimeSpan.FromSeconds(60) };

    // As Program does.
    private static void Configure(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = 1024;
    }
}

using System.Collections.Concurrent;
using System.Net;
using EdgeProxy.Simulator.Control;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// A Telegram that fits into a process: the Bot API over HTTP on 127.0.0.1, webhooks, getUpdates, files, limits, and faults on
/// demand. Started by tests and load tests, or as a process of its own with the verb <c>serve</c>.
/// </summary>
internal sealed class FakeTelegram : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, FakeBot> _bots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FakeBot>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly HttpClient _http;
    private readonly BotApi _api;
    private WebApplication? _app;

    private FakeTelegram(FakeTelegramOptions options)
    {
        Options = options;
        _bySpan = _bots.GetAlternateLookup<ReadOnlySpan<char>>();
        Faults = new FaultTable(options.Seed, Stats);
        Files = new FileStore(Stats);
        Sends = new SendLog(Math.Max(1, options.SendsKept), options.SendTextBytesMax);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
        {
            Timeout = TimeSpan.FromMilliseconds(options.WebhookTimeoutMs),
        };
        _api = new BotApi(new MessageMethods(Sends, Files, options.Clock), new WebhookMethods(options.Clock), Files, Faults, Stats);
        options.Tokens.ForEach(token => AddBot(token));
        options.PaidTokens.ForEach(token => AddBot(token, paid: true));
    }

    public FakeTelegramOptions Options { get; }
    public SimStats Stats { get; } = new();
    public FaultTable Faults { get; }
    public FileStore Files { get; }
    public SendLog Sends { get; }
    public IEnumerable<FakeBot> Bots => _bots.Values;

    /// <summary>http://127.0.0.1:port, without a slash at the end: what a bot calls its API root.</summary>
    public string Url { get; private set; } = "";

    public static async Task<FakeTelegram> StartAsync(FakeTelegramOptions? options = null)
    {
        var telegram = new FakeTelegram(options ?? new FakeTelegramOptions());
        await telegram.ListenAsync();
        return telegram;
    }

    /// <summary>Registers a bot; the same one again when the token is known. Throws when the token is not well formed.</summary>
    public FakeBot AddBot(string token, bool paid = false)
    {
        if (!FakeBot.IsWellFormed(token))
        {
            throw new ArgumentException("a token is digits, a colon and at least 20 of A-Z a-z 0-9 _ -", nameof(token));
        }

        return _bots.GetOrAdd(token, _ => new FakeBot(token, paid, Options, Stats, _http, _api.Execute));
    }

    /// <summary>The bot of a token; null when it is not known and may not be made.</summary>
    public FakeBot? FindBot(ReadOnlySpan<char> token) =>
        _bySpan.TryGetValue(token, out FakeBot? bot) ? bot
        : Options.AcceptAnyToken && FakeBot.IsWellFormed(token.ToString()) ? AddBot(token.ToString())
        : null;

    public FakeBot? FindBot(long id) => _bots.Values.FirstOrDefault(bot => bot.Id == id);

    /// <summary>Waits until Ctrl-C or SIGTERM.</summary>
    public Task WaitForShutdownAsync() => _app!.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (FakeBot bot in _bots.Values)
        {
            bot.Pump.Stop();
        }

        if (_app is not null)
        {
            // A waiting getUpdates must not hold the end up.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _app.StopAsync(patience.Token);
            await _app.DisposeAsync();
        }

        _http.Dispose();
    }

    private async Task ListenAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, Options.Port);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.AddServerHeader = false;
        });
        _app = builder.Build();
        var methods = new BotApiEndpoint(this, _api);
        var control = new ControlEndpoint(this);
        _app.Run(context => context.Request.Path.StartsWithSegments("/sim")
            ? control.HandleAsync(context)
            : methods.HandleAsync(context));
        await _app.StartAsync();
        Url = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First().TrimEnd('/');
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Outbox;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Outbox.Api;

/// <summary>The message API behind a real Kestrel on a free port, over a real state file.</summary>
internal sealed class ApiRig : IAsyncDisposable
{
    /// <summary>Keys by name; the name with "-key" behind it is the key.</summary>
    public static readonly ApiKeyRing Keys = new([
        Key("all", ApiScope.Send | ApiScope.Read | ApiScope.Admin),
        Key("send", ApiScope.Send, "demo"),
        Key("read", ApiScope.Read, "demo"),
        Key("admin", ApiScope.Admin, "demo"),
        Key("other", ApiScope.Send | ApiScope.Read | ApiScope.Admin, "other"),
    ]);

    private readonly WebApplication _app;
    private readonly HttpClient _http = new();

    private ApiRig(MessageApiSettings settings, TimeProvider time)
    {
        var root = new Uri("http://127.0.0.1:1");
        Assert.True(BotToken.TryParse("42:AAAA", out BotToken? demo));
        Assert.True(BotToken.TryParse("43:AAAA", out BotToken? other));
        Demo = new Bot { Name = "demo", Token = demo!, ApiRoot = root };
        Bots = new BotRegistry([Demo, new Bot { Name = "other", Token = other!, ApiRoot = root }]);
        Uploads = new UploadFolder(Path.Combine(Folder, "outbox-uploads"));
        Time = time;
        State = StateFile.Open(Path.Combine(Folder, "state.db"), SqliteOutbox.Migrations, time, NullLogger.Instance);
        Store = new SqliteOutbox(State, Bots, new OutboxSettings(Uploads.Path), time, NullLogger.Instance);
        Endpoint = new MessagesEndpoint(Bots, Keys, Store, Uploads, settings, time, NullLogger.Instance);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = Limits.WebhookRequestBytesMax); // as Program does
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.UseRouting();
        Endpoint.Map(_app);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("edge-api").FullName;
    public Bot Demo { get; }
    public BotRegistry Bots { get; }
    public UploadFolder Uploads { get; }
    public MessagesEndpoint Endpoint { get; }
    public TimeProvider Time { get; }
    public StateFile State { get; }
    public SqliteOutbox Store { get; }

    /// <summary>The owner's epoch; 0 until <see cref="OwnAsync"/>.</summary>
    public long Epoch { get; private set; }
    /// <summary>What is mapped.</summary>
    public IEnumerable<RouteEndpoint> Routes => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    public Uri Root => new(_app.Urls.Single());

    public static async Task<ApiRig> StartAsync(MessageApiSettings? settings = null, TimeProvider? time = null)
    {
        var rig = new ApiRig(settings ?? new MessageApiSettings { CallbackSecret = "secret"u8.ToArray() }, time ?? TimeProvider.System);
        await rig._app.StartAsync();
        return rig;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await State.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Becomes the engine that sends.</summary>
    public async Task OwnAsync() => Epoch = await Store.BeginAsync();

    /// <summary>Posts a message and returns its id.</summary>
    public async Task<string> PostedAsync(long chat = 7, string more = "", string bot = "demo")
    {
        Answer answer = await PostAsync("/v1/messages", $$"""{"bot":"{{bot}}","chat_id":{{chat}},"text":"x"{{more}}}""");
        Assert.True(answer.Code == HttpStatusCode.Accepted, answer.Json.ToString());
        return answer.Id;
    }

    /// <summary>Does what the engine does: the message leaves and ends in that state.</summary>
    public async Task EndAsync(string id, MessageState state, int errorCode = 0, string? error = null)
    {
        Assert.True(MessageId.TryParse(id, out MessageId message));
        Assert.Equal(SendPermit.Granted, await Store.MarkSendingAsync(message, Epoch));
        HistoryKind kind = state == MessageState.Sent ? HistoryKind.Sent : state == MessageState.Unknown ? HistoryKind.Unknown : HistoryKind.Rejected;
        var change = new MessageChange(state, kind) { TelegramMessageId = state == MessageState.Sent ? 555 : 0, ErrorCode = errorCode, Error = error };
        Assert.Equal(FinishOutcome.Done, await Store.FinishAsync(new SendEnd(message, change, 0), Epoch));
    }

    public Task<Answer> GetAsync(string path, string key = "all") => SendAsync(HttpMethod.Get, path, null, key);

    public Task<Answer> PostAsync(string path, string json, string key = "all", string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"), key, idempotencyKey);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, string key = "all", string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Root, path)) { Content = content };
        if (key.Length > 0) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key + "-key");
        if (idempotencyKey is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        using HttpResponseMessage response = await _http.SendAsync(request);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        JsonElement json = body.Length == 0 ? default : JsonDocument.Parse(body).RootElement.Clone();
        return new Answer(response.StatusCode, json, response.Content.Headers.ContentType?.MediaType, response.Headers);
    }

    private static ApiKey Key(string name, ApiScope scopes, params string[] bots) =>
        new(name, SHA256.HashData(Encoding.UTF8.GetBytes(name + "-key")), scopes, bots);
}

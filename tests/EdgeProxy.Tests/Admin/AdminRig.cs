using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeProxy.Admin;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;
using EdgeProxy.Tests.Outbox;
using EdgeProxy.Tests.Outbox.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Admin;

/// <summary>The admin API behind a real Kestrel, over a real state file, before a stand-in of the MTProto process on a real Unix socket.</summary>
internal sealed class AdminRig : IAsyncDisposable
{
    private static readonly ApiKeyRing Keys = new([Key("admin", ApiScope.Admin), Key("send", ApiScope.Send)]);
    private readonly HttpClient _http = new();
    private WebApplication? _app;
    private StateFile? _state;
    private int _nextKey;

    private AdminRig() => Sidecar = new FakeSidecar(SocketPath);

    public string Folder { get; } = Directory.CreateTempSubdirectory("edge-admin").FullName;
    public FakeSidecar Sidecar { get; }
    public AdminHost Host { get; private set; } = null!;
    public AdminEndpoint Endpoint { get; private set; } = null!;
    public Uri Root => new(_app!.Urls.Single());
    private string SocketPath => Path.Combine(Folder, "mtproto.sock");

    public static async Task<AdminRig> StartAsync(bool sidecar = true)
    {
        var rig = new AdminRig();
        if (sidecar) await rig.Sidecar.StartAsync();
        await rig.BeginAsync();
        return rig;
    }

    /// <summary>Ends EdgeProxy with whatever is under way, and starts it again over the same folder.</summary>
    public async Task RestartAsync()
    {
        await EndAsync();
        await BeginAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await Sidecar.DisposeAsync();
        _http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    public Task<Answer> GetAsync(string path, string key = "admin") => SendAsync(HttpMethod.Get, path, null, key);

    /// <param name="path">Behind /v1/admin.</param>
    /// <param name="json">Body.</param>
    /// <param name="idempotencyKey">A new one when null; none when empty.</param>
    public Task<Answer> PostAsync(string path, string json, string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"), "admin", idempotencyKey);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, string key = "admin", string? idempotencyKey = null)
    {
        using HttpRequestMessage request = Request(method, path, content, key, idempotencyKey);
        using HttpResponseMessage response = await _http.SendAsync(request);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        JsonElement json = body.Length == 0 ? default : JsonDocument.Parse(body).RootElement.Clone();
        return new Answer(response.StatusCode, json, response.Content.Headers.ContentType?.MediaType, response.Headers);
    }

    /// <summary>An answer whose body is read by the test.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string path, string? range = null)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, path, null, "admin", null);
        if (range is not null) request.Headers.TryAddWithoutValidation("Range", range);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content, string key, string? idempotencyKey)
    {
        var request = new HttpRequestMessage(method, new Uri(Root, "/v1/admin" + path)) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key + "-key");
        idempotencyKey ??= $"key-{Interlocked.Increment(ref _nextKey)}";
        if (idempotencyKey.Length > 0) request.Headers.Add("Idempotency-Key", idempotencyKey);
        return request;
    }

    /// <summary>Posts what makes a job; its id.</summary>
    public async Task<string> JobAsync(string path, string json)
    {
        Answer answer = await PostAsync(path, json);
        Assert.True(answer.Code == HttpStatusCode.Accepted, $"{answer.Code} {answer.Json}");
        return answer.Id;
    }

    /// <summary>The job once it is in that state.</summary>
    public async Task<JsonElement> UntilAsync(string id, string state)
    {
        JsonElement job = default;
        bool came = await Eventually.TrueAsync(async () =>
        {
            job = (await GetAsync("/jobs/" + id)).Json;
            return job.GetProperty("state").GetString() == state;
        });
        Assert.True(came, job.ToString());
        return job;
    }

    private async Task BeginAsync()
    {
        _state = StateFile.Open(Path.Combine(Folder, "state.db"), AdminStore.Migrations, TimeProvider.System, NullLogger.Instance);
        var settings = new MtprotoSettings { SocketPath = SocketPath, DefaultAccount = "ops" };
        Host = new AdminHost(settings, _state, TimeProvider.System, NullLoggerFactory.Instance);
        Endpoint = new AdminEndpoint(Keys, Host, TimeProvider.System, NullLogger.Instance);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = Limits.WebhookRequestBytesMax); // as Program does
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.UseRouting();
        Endpoint.Map(_app);
        Host.Start();
        await _app.StartAsync();
    }

    private async Task EndAsync()
    {
        await Host.StopAsync();
        await _app!.DisposeAsync();
        await Host.DisposeAsync();
        await _state!.DisposeAsync();
    }

    private static ApiKey Key(string name, ApiScope scopes) => new(name, SHA256.HashData(Encoding.UTF8.GetBytes(name + "-key")), scopes, []);
}

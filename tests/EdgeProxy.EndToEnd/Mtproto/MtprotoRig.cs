using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.FakeDc;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>
/// A fake data centre in this process, EdgeProxy's binary, and the real sidecar that it starts. What a test does goes through EdgeProxy; what it judges
/// by is what the data centre has counted.
/// </summary>
internal sealed class MtprotoRig : IAsyncDisposable
{
    public const string Account = "main";
    public const string Phone = "+15550100";
    private const string Bot = "front";
    private static readonly TimeSpan JobBound = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder;
    private readonly FakeDcHost _dc;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private MtprotoRig(TempFolder folder, FakeDcHost dc, int port)
    {
        (_folder, _dc) = (folder, dc);
        DataDir = folder.Sub("data");
        KeyFile = Path.Combine(folder.Path, "mtproto.key");
        Proxy = new ProxyProcess(new ProxyConfig(port, DataDir, ""), Path.Combine(folder.Path, "edgeproxy.json"));
        Api = new AdminClient(Proxy.BaseAddress);
    }

    public ProxyProcess Proxy { get; }

    public AdminClient Api { get; }

    public string DataDir { get; }

    public string KeyFile { get; }

    public static string Bundle => Path.Combine(Binary.Root, "src", "mtproto-sidecar", "dist", "sidecar.cjs");

    /// <summary>Everything runs, and nobody is logged in yet.</summary>
    public static async Task<MtprotoRig> StartAsync(string logLevel = "Information")
    {
        Assert.True(File.Exists(Bundle), $"no bundle at {Bundle}: run npm ci --ignore-scripts && npm run build in src/mtproto-sidecar");
        var folder = new TempFolder();
        var dc = await FakeDcHost.StartAsync(folder.Sub("dc"));
        var rig = new MtprotoRig(folder, dc, Ports.Free());
        File.WriteAllText(rig.KeyFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        rig.WriteConfig(logLevel);
        await rig.Proxy.StartAsync();
        await rig.UntilSidecarAsync();
        return rig;
    }

    /// <summary>The same with <see cref="Account"/> imported from a Telethon session.</summary>
    public static async Task<MtprotoRig> WithAccountAsync()
    {
        var rig = await StartAsync();
        var session = await rig.NewSessionAsync(Phone);
        var reply = await rig.Api.PostAsync("accounts", new { name = Account, session });
        Assert.True(reply.Status == 201, $"import: {reply.Status} {reply.Body}\n{rig.Proxy.Log}");
        return rig;
    }

    /// <summary>A user at the fake Telegram with an authorised key; its StringSession.</summary>
    public async Task<string> NewSessionAsync(string phone, string username = "owner")
    {
        var made = await ControlAsync("POST", "/accounts", new { phone, username, session = true });
        return made.GetProperty("accounts")[0].GetProperty("session").GetProperty("text").GetString()!;
    }

    /// <summary>Asks or tells the data centre.</summary>
    public async Task<JsonElement> ControlAsync(string method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_dc.Control, path));
        if (body is not null)
            request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var reply = await _http.SendAsync(request);
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.IsSuccessStatusCode, $"the fake data centre on {path}: {text}");
        return JsonDocument.Parse(text).RootElement.Clone();
    }

    public Task FaultAsync(object rule) => ControlAsync("POST", "/faults", rule);

    /// <summary>The only group there is.</summary>
    public async Task<JsonElement> OnlyGroupAsync() => Assert.Single((await ControlAsync("GET", "/groups")).EnumerateArray());

    /// <summary>A group that was there before; its chat id.</summary>
    public async Task<long> NewGroupAsync(string title = "Old", bool forum = true, int members = 0)
    {
        var group = await ControlAsync("POST", "/groups", new { phone = Phone, title, forum, members });
        return group.GetProperty("chat_id").GetInt64();
    }

    public async Task<JsonElement> GroupAsync(long chatId) => await ControlAsync("GET", $"/groups?id={BareId(chatId)}");

    public static long BareId(long chatId) => -1_000_000_000_000 - chatId;

    /// <summary>How often a method was called.</summary>
    public async Task<int> CallsAsync(string method) =>
        (await ControlAsync("GET", "/calls")).GetProperty("calls").TryGetProperty(method, out var count) ? count.GetInt32() : 0;

    public Task UntilCalledAsync(string method, int times) => UntilAsync(async () => await CallsAsync(method) >= times, $"{times} calls of {method}");

    /// <summary>Sends a request that makes a job, and waits for its end.</summary>
    public async Task<JsonElement> JobAsync(string method, string path, object? body = null)
    {
        var reply = await Api.CallAsync(method, path, body, Guid.NewGuid().ToString("N"));
        Assert.True(reply.Status == 202, $"{method} {path}: {reply.Status} {reply.Body}");
        return await EndOfAsync(reply.Id);
    }

    public async Task<string> BeginAsync(string path, object body, string? key = null)
    {
        var reply = await Api.CallAsync("POST", path, body, key ?? Guid.NewGuid().ToString("N"));
        Assert.True(reply.Status is 202 or 200, $"{path}: {reply.Status} {reply.Body}");
        return reply.Id;
    }

    /// <summary>The job when it has ended.</summary>
    public async Task<JsonElement> EndOfAsync(string id)
    {
        JsonElement job = default;
        await UntilAsync(
            async () =>
            {
                var reply = await Api.CallAsync("GET", "jobs/" + id);
                if (reply.Status != 200)
                    return false;
                job = reply.Body;
                return reply.Body.GetProperty("state").GetString() is "done" or "partial" or "failed" or "cancelled";
            },
            "the end of job " + id,
            () => job.ToString());
        return job;
    }

    public static void AssertDone(JsonElement job) => Assert.True(job.GetProperty("state").GetString() == "done", job.ToString());

    public Task UntilAsync(Func<Task<bool>> holds, string what) => UntilAsync(holds, what, () => "");

    /// <summary>Process id of the sidecar that runs.</summary>
    public int SidecarPid => int.Parse(Regex.Matches(Proxy.Log, "MTProto process started, pid (\\d+)")[^1].Groups[1].Value);

    /// <summary>SIGKILL; EdgeProxy starts another.</summary>
    public void KillSidecar()
    {
        using var sidecar = Process.GetProcessById(SidecarPid);
        sidecar.Kill();
    }

    /// <summary>SIGKILL of EdgeProxy, whose sidecar ends by itself.</summary>
    public async Task KillAsync()
    {
        var sidecar = SidecarPid;
        Proxy.Kill();
        await UntilAsync(() => Task.FromResult(!Directory.Exists($"/proc/{sidecar}")), "the end of the sidecar");
    }

    /// <summary>SIGKILL, and a new start of both.</summary>
    public async Task RestartKilledAsync()
    {
        await KillAsync();
        await Proxy.StartAsync();
        await UntilSidecarAsync();
    }

    public Task UntilSidecarAsync() => UntilAsync(async () => (await Api.CallAsync("GET", "accounts")).Status == 200, "the sidecar");

    public async ValueTask DisposeAsync()
    {
        Proxy.Dispose();
        Api.Dispose();
        _http.Dispose();
        await _dc.DisposeAsync();
        _folder.Dispose();
    }

    private async Task UntilAsync(Func<Task<bool>> holds, string what, Func<string> state)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < JobBound, $"waited {JobBound} for {what}: {state()}\n{Proxy.Log}");
            await Task.Delay(50);
        }
    }

    private void WriteConfig(string logLevel)
    {
        var hash = Path.Combine(_folder.Path, "api-hash");
        var rsa = Path.Combine(_folder.Path, "rsa.pem");
        File.WriteAllText(hash, new string('0', 32));
        File.WriteAllText(rsa, _dc.Centre.Rsa.PublicPem);
        var root = new JsonObject
        {
            ["Listen"] = Proxy.BaseAddress.GetLeftPart(UriPartial.Authority),
            ["DataDir"] = DataDir,
            ["LogLevel"] = logLevel,
            ["Bots"] = new JsonArray(new JsonObject
            {
                ["Name"] = Bot,
                ["Token"] = ProxyConfig.Token,
                // Nothing listens there: what is sent goes over MTProto.
                ["ApiRoot"] = "http://127.0.0.1:9",
                ["Mode"] = "off",
            }),
            ["ApiKeys"] = new JsonArray(new JsonObject
            {
                ["Name"] = "tests",
                ["Key"] = OutboxProxy.Key,
                ["Scopes"] = new JsonArray("send", "read", "admin"),
            }),
            ["Mtproto"] = new JsonObject
            {
                ["Bundle"] = Bundle,
                ["KeyFile"] = KeyFile,
                ["ApiId"] = 1,
                ["ApiHashFile"] = hash,
                ["DefaultAccount"] = Account,
                ["Arguments"] = new JsonArray("--test-dc", $"{_dc.Centre.DcId}=127.0.0.1:{_dc.Port}", "--test-rsa-key", rsa),
            },
        };
        File.WriteAllText(Proxy.ConfigPath, root.ToJsonString());
    }

    /// <summary>A message of the outbox that goes over MTProto.</summary>
    public static object Letter(long chatId, string text) => new { bot = Bot, chat_id = chatId, text, transport = "mtproto" };
}

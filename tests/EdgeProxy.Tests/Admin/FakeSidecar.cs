using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Admin;

/// <summary>
/// Stands in for the MTProto process on a real Unix socket, by its contract. It can be stopped and started like a process, and a script says what happens
/// to each call; what Telegram would know survives.
/// </summary>
internal sealed class FakeSidecar(string socketPath) : IAsyncDisposable
{
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? _app;
    private int _calls;

    public ConcurrentDictionary<long, FakeChat> Chats { get; } = new();

    /// <summary>Parts by file id and number.</summary>
    public ConcurrentDictionary<(string File, long Part), byte[]> Parts { get; } = new();

    public byte[] Download { get; set; } = [];

    /// <summary>Bytes of a download after which the connection breaks; 0 never.</summary>
    public int DownloadBreaksAfter { get; set; }

    public FakeMembers Members { get; set; } = new([]);

    /// <summary>Answers of the login steps in order; an empty one is a wrong code.</summary>
    public Queue<string> Logins { get; set; } = [];

    /// <summary>Asked for each call: "POST /v1/accounts/ops/chats".</summary>
    public Func<string, Fault> Script { get; set; } = _ => Fault.None;

    public ConcurrentQueue<string> Log { get; } = new();

    public int Calls => _calls;

    public async Task StartAsync()
    {
        File.Delete(socketPath);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.ListenUnixSocket(socketPath);
            options.Limits.MaxRequestBodySize = null;
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
    }

    /// <summary>As if killed: connections break, nobody listens.</summary>
    public async Task StopAsync()
    {
        if (_app is null) return;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
        File.Delete(socketPath);
    }

    public async ValueTask DisposeAsync()
    {
        _letGo.TrySetResult();
        await StopAsync();
    }

    public FakeChat Add(long id, string title)
    {
        var chat = new FakeChat(id, title, TimeProvider.System.GetUtcNow());
        Assert.True(Chats.TryAdd(id, chat));
        return chat;
    }

    public byte[] FileOf(string id) => [.. Parts.Where(part => part.Key.File == id).OrderBy(part => part.Key.Part).SelectMany(part => part.Value)];

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path;
        if (path == "/health")
        {
            await context.Response.WriteAsync("""{"status":"ok"}""");
            return;
        }

        Interlocked.Increment(ref _calls);
        string call = $"{context.Request.Method} {path}";
        Log.Enqueue(call + context.Request.QueryString);
        Fault fault = Script(call);
        if (fault is Fault.DropBefore)
        {
            context.Abort();
            return;
        }

        if (fault is Fault.FloodHour or Fault.FloodBrief)
        {
            await ProblemAsync(context, 429, "flood_wait", fault == Fault.FloodHour ? 3_600_000 : 50);
            return;
        }

        if (fault is Fault.Refuse or Fault.Unreachable)
        {
            await ProblemAsync(context, fault == Fault.Refuse ? 422 : 502, fault == Fault.Refuse ? "telegram_refused" : "telegram_unavailable", 0);
            return;
        }

        (int status, string? body) = await DoAsync(context, path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        if (fault == Fault.HoldAfter) await _letGo.Task.WaitAsync(context.RequestAborted);
        if (fault == Fault.DropAfter) context.Abort();
        else if (fault == Fault.UnknownAfter) await ProblemAsync(context, 504, "outcome_unknown", 0, "unknown");
        else if (body is not null) await WriteAsync(context, status, body);
        else if (status != 0) context.Response.StatusCode = status;
    }

    // /v1/accounts/{account}/chats/{chat}/…
    private async Task<(int Status, string? Body)> DoAsync(HttpContext context, string[] path)
    {
        string method = context.Request.Method;
        if (path.Length == 2) return (200, method == "GET" ? """{"accounts":[]}""" : """{"name":"ops","state":"ready","user_id":1}""");
        if (path.Length > 3 && path[3] == "login" && Logins.TryDequeue(out string? step))
        {
            if (step.Length > 0) return (200, step);
            return (400, """{"title":"code_invalid","status":400,"code":"code_invalid","outcome":"refused","telegram_error":"PHONE_CODE_INVALID"}""");
        }

        if (path is [_, _, _, "uploads", var file]) return await UploadAsync(context, file);
        if (path.Length < 4 || path[3] != "chats") return (200, """{"session":"1secret","state":"ready","icons":[]}""");
        if (path.Length == 4) return method == "POST" ? await CreateAsync(context) : Find(context);
        if (!Chats.TryGetValue(long.Parse(path[4], CultureInfo.InvariantCulture), out FakeChat? chat))
        {
            return (404, """{"status":404,"code":"peer_unknown","outcome":"refused"}""");
        }

        string what = path.Length == 5 ? "" : path[5];
        switch (what)
        {
            case "":
                return (200, $$"""{"chat_id":{{chat.Id}},"photo_id":{{(chat.Photos == 0 ? "null" : $"\"{chat.Photos}\"")}}}""");
            case "photo":
                return (200, $$"""{"photo_id":"{{Interlocked.Increment(ref chat.Photos)}}"}""");
            case "admins":
                bool added = chat.Admins.TryAdd(path[6], await BodyAsync(context));
                return (200, $$"""{"user_id":5,"added":{{(added ? "true" : "false")}}}""");
            case "topics" when method == "POST":
                return Once(chat.Topics, await BodyAsync(context), "topic_id");
            case "topics" when method == "PATCH":
                return (200, """{"changed":true}""");
            case "topics" when method == "DELETE":
                return (204, null);
            case "messages" when method == "POST":
                return Once(chat.Messages, await BodyAsync(context), "message_id");
            case "messages":
                return await DownloadAsync(context);
            case "members":
                return (200, Members.Page(context.Request.Query));
            default:
                return (200, """{"topics":[],"total":0,"next":null}""");
        }
    }

    private async Task<(int Status, string? Body)> CreateAsync(HttpContext context)
    {
        using JsonDocument body = JsonDocument.Parse(await BodyAsync(context));
        FakeChat chat = Add(-1_002_000_000_001 - Chats.Count, body.RootElement.GetProperty("title").GetString()!);
        return (201, Show(chat));
    }

    private (int Status, string? Body) Find(HttpContext context)
    {
        var since = DateTimeOffset.Parse(context.Request.Query["created_since"]!, CultureInfo.InvariantCulture);
        string title = context.Request.Query["title"]!;
        IEnumerable<string> found = Chats.Values.Where(chat => chat.Title == title && chat.CreatedAt >= since.AddMinutes(-1)).Select(Show);
        return (200, $$"""{"chats":[{{string.Join(',', found)}}],"complete":true}""");
    }

    private static (int Status, string? Body) Once(ConcurrentDictionary<string, string> known, string body, string id)
    {
        using JsonDocument json = JsonDocument.Parse(body);
        bool added = known.TryAdd(json.RootElement.GetProperty("random_id").GetString()!, body);
        return (200, $$"""{"outcome":"sent","{{id}}":{{known.Count + 1}},"duplicate":{{(added ? "false" : "true")}}}""");
    }

    private async Task<(int Status, string? Body)> UploadAsync(HttpContext context, string file)
    {
        const int PartBytes = 512 * 1024;
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        long part = long.Parse(context.Request.Query["first_part"]!, CultureInfo.InvariantCulture);
        foreach (byte[] bytes in body.ToArray().Chunk(PartBytes)) Parts[(file, part++)] = bytes;
        return (200, $$"""{"file_id":"{{file}}","next_part":{{part}},"total_parts":1,"complete":false}""");
    }

    private async Task<(int Status, string? Body)> DownloadAsync(HttpContext context)
    {
        (int from, int to) = (0, Download.Length - 1);
        if (context.Request.GetTypedHeaders().Range?.Ranges.Single() is { } range)
        {
            (from, to) = ((int)(range.From ?? Download.Length - range.To!.Value), (int)(range.From is null ? to : range.To ?? to));
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to}/{Download.Length}";
        }

        context.Response.Headers.ETag = "\"file-1\"";
        context.Response.ContentLength = to - from + 1;
        if (HttpMethods.IsHead(context.Request.Method)) return (0, null);
        int length = to - from + 1;
        bool breaks = DownloadBreaksAfter > 0 && DownloadBreaksAfter < length;
        await context.Response.Body.WriteAsync(Download.AsMemory(from, breaks ? DownloadBreaksAfter : length));
        await context.Response.Body.FlushAsync();
        if (breaks) context.Abort();
        return (0, null);
    }

    private static string Show(FakeChat chat) => $$"""{"chat_id":{{chat.Id}},"kind":"supergroup","title":"{{JsonEncodedText.Encode(chat.Title)}}"}""";

    private static async Task<string> BodyAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return await reader.ReadToEndAsync();
    }

    private static Task ProblemAsync(HttpContext context, int status, string code, int retryMs, string outcome = "refused")
    {
        string retry = retryMs > 0 ? $",\"retry_after_ms\":{retryMs}" : "";
        string body = $$"""{"type":"about:blank","title":"{{code}}","status":{{status}},"code":"{{code}}","outcome":"{{outcome}}"{{retry}}}""";
        return WriteAsync(context, status, body);
    }

    private static async Task WriteAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }
}

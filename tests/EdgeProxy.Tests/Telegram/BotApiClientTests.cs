using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Telegram;

/// <summary>Against a real Kestrel on loopback.</summary>
public sealed class BotApiClientTests : IAsyncLifetime
{
    private const string Secret = "AAbbCC-secret_1";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private readonly BotApiClient _client = new();
    private readonly BotToken _token =
        BotToken.TryParse("123456:" + Secret, out BotToken? token) ? token : throw new InvalidOperationException();
    private RequestDelegate _answer = context => context.Response.WriteAsync("""{"ok":true,"result":true}""");
    private WebApplication? _server;
    private Uri _root = new("http://127.0.0.1");

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(context => _answer(context));
        await _server.StartAsync();
        _root = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server!.DisposeAsync();
    }

    [Fact]
    public async Task A_call_is_a_post_of_json_and_its_answer_comes_back_unchanged()
    {
        string seen = "";
        _answer = async context =>
        {
            using StreamReader reader = new(context.Request.Body);
            seen = $"{context.Request.Method} {context.Request.Path} {context.Request.ContentType} {await reader.ReadToEndAsync()}";
            seen += context.Request.Headers.ContainsKey("traceparent");
            await context.Response.WriteAsync("""{"ok":true, "result":{"id":1}}""");
        };
        ApiReply reply = await Call("""{"a":1}""");
        Assert.Equal("POST /bot123456:" + Secret + """/getMe application/json {"a":1}False""", seen);
        Assert.Equal((200, true, 0, null), (reply.Status, reply.Ok, reply.RetryAfterS, reply.Description));
        Assert.Equal("""{"ok":true, "result":{"id":1}}""", Encoding.UTF8.GetString(reply.Body));
    }

    [Fact]
    public async Task An_empty_json_sends_no_body_and_a_root_may_have_a_path()
    {
        string seen = "";
        _answer = context =>
        {
            seen = $"{context.Request.Path} {context.Request.ContentType} {context.Request.ContentLength}";
            return context.Response.WriteAsync("""{"ok":true}""");
        };
        ApiReply reply = await _client.CallAsync(new Uri(_root, "/sub/"), _token, "test/getMe", default, Long, default);
        Assert.True(reply.Ok);
        Assert.Equal($"/sub/bot123456:{Secret}/test/getMe  0", seen);
    }

    [Theory]
    [InlineData("""{"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":7}}""", null, 7, "Too Many")]
    [InlineData("""{"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":7}}""", "3", 7, "Too Many")]
    [InlineData("""{"ok":false,"description":"\u0416 \"q\""}""", "3", 3, "Ж \"q\"")]
    [InlineData("""{"ok":false,"parameters":{"retry_after":99999999999}}""", null, int.MaxValue, "HTTP 429 without a description")]
    [InlineData("""{"ok":false,"parameters":{"retry_after":"x"}}""", null, 0, "HTTP 429 without a description")]
    [InlineData("<html>slow down</html>", "5", 5, "HTTP 429 without a Bot API answer")]
    [InlineData("", null, 0, "HTTP 429 without a Bot API answer")]
    public async Task A_429_says_when_to_come_back(string body, string? header, int retryAfterS, string description)
    {
        _answer = context =>
        {
            context.Response.StatusCode = 429;
            if (header is not null) context.Response.Headers.RetryAfter = header;
            return context.Response.WriteAsync(body);
        };
        ApiReply reply = await Call();
        Assert.Equal((429, false, retryAfterS, description), (reply.Status, reply.Ok, reply.RetryAfterS, reply.Description));
        Assert.Equal(body, Encoding.UTF8.GetString(reply.Body));
    }

    [Fact]
    public async Task The_token_never_stands_in_a_description()
    {
        _answer = context =>
        {
            context.Response.StatusCode = 404;
            return context.Response.WriteAsync(
                $$"""{"ok":false,"description":"no {{context.Request.Path}} nor {{Secret}} \u0041\ud800"}""");
        };
        ApiReply lone = await Call();
        _answer = context => context.Response.WriteAsync($$"""{"ok":false,"description":"no {{context.Request.Path}} nor {{Secret}}"}""");
        ApiReply plain = await Call();
        _answer = context =>
        {
            context.Response.StatusCode = 500;
            return context.Response.WriteAsync("<html>" + context.Request.Path + "</html>");
        };
        ApiReply html = await Call();
        Assert.Equal("no /bot123456:***/getMe nor ***", plain.Description);
        foreach (ApiReply reply in new[] { lone, plain, html }) Assert.DoesNotContain(Secret, reply.Description);
        Assert.Equal((404, 500), (lone.Status, html.Status));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        int calls = 0;
        _answer = context =>
        {
            calls++;
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        };
        ApiReply reply = await Call();
        Assert.Equal((302, false, 1), (reply.Status, reply.Ok, calls));
    }

    [Fact]
    public async Task No_server_is_not_sent()
    {
        // The port is taken but nobody listens: a connect is refused for certain.
        using Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Uri root = new($"http://127.0.0.1:{((IPEndPoint)closed.LocalEndPoint!).Port}");
        ApiReply reply = await _client.CallAsync(root, _token, "getMe", default, Long, default);
        Assert.Equal((0, false, "not sent: could not connect"), (reply.Status, reply.Ok, reply.Description));
        Assert.Empty(reply.Body);
    }

    [Fact]
    public async Task A_broken_connection_is_no_answer()
    {
        _answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        ApiReply reply = await Call();
        Assert.Equal(0, reply.Status);
        Assert.StartsWith("no answer", reply.Description, StringComparison.Ordinal);

        _answer = async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("""{"ok":true""");
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        reply = await Call();
        Assert.Equal((0, false), (reply.Status, reply.Ok));
        Assert.StartsWith("no answer", reply.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_server_is_a_time_out_and_a_cancelled_call_throws()
    {
        _answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        ApiReply reply = await _client.CallAsync(_root, _token, "getMe", default, TimeSpan.FromMilliseconds(50), default);
        Assert.Equal((0, false, "no answer within 0.05 s"), (reply.Status, reply.Ok, reply.Description));

        using CancellationTokenSource stop = new();
        Task<ApiReply> call = _client.CallAsync(_root, _token, "getMe", default, Long, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.CallAsync(_root, _token, "getMe", default, Long, stop.Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_is_bounded(bool announced)
    {
        byte[] block = new byte[1024 * 1024];
        _answer = async context =>
        {
            if (announced) context.Response.ContentLength = Limits.ApiReplyBytesMax + 1L;
            for (long left = Limits.ApiReplyBytesMax + 1L; left > 0 && !context.RequestAborted.IsCancellationRequested;
                left -= block.Length)
            {
                await context.Response.Body.WriteAsync(block.AsMemory(0, (int)Math.Min(left, block.Length)));
            }
        };
        ApiReply reply = await Call();
        Assert.Equal((200, false), (reply.Status, reply.Ok));
        Assert.Empty(reply.Body);
        Assert.Contains("answer over", reply.Description);
    }

    [Fact]
    public async Task A_large_answer_comes_whole()
    {
        string large = """{"ok":true,"result":[""" + string.Join(',', Enumerable.Repeat("\"" + new string('x', 1000) + "\"", 3000)) + "]}";
        _answer = context => context.Response.WriteAsync(large);
        ApiReply reply = await Call();
        Assert.True(reply.Ok);
        Assert.Equal(large, Encoding.UTF8.GetString(reply.Body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../getMe")]
    [InlineData("getMe?x=1")]
    [InlineData("get Me")]
    public async Task A_strange_method_is_not_sent(string method)
    {
        ApiReply reply = await _client.CallAsync(_root, _token, method, default, Long, default);
        Assert.Equal((0, "not sent: not a method name"), (reply.Status, reply.Description));
    }

    private Task<ApiReply> Call(string json = "{}") =>
        _client.CallAsync(_root, _token, "getMe", Encoding.UTF8.GetBytes(json), Long, default);
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Telegram;

/// <summary>One attempt is one request on the wire, whatever the connection does; and NotSent is said only of what did not leave.</summary>
public sealed class SendOnceTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private readonly BotApiClient _client = new();
    private readonly BotToken _token = BotToken.TryParse("123456:AAbbCC-secret_1", out BotToken? token) ? token : throw new InvalidOperationException();

    public enum Kind
    {
        Empty,
        Json,
        Form,
        Streamed,
    }

    public static TheoryData<Kind, bool, bool> Variants()
    {
        var data = new TheoryData<Kind, bool, bool>();
        foreach (Kind kind in Enum.GetValues<Kind>())
        {
            foreach (bool reset in new[] { false, true })
            {
                data.Add(kind, reset, true);
                data.Add(kind, reset, false);
            }
        }

        return data;
    }

    public void Dispose() => _client.Dispose();

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task A_connection_that_ends_instead_of_an_answer_costs_one_request(Kind kind, bool reset, bool reused)
    {
        RawAction end = new(null, reset ? RawEnd.Reset : RawEnd.Close);
        await using RawServer server = new(number => reused && number == 1 ? new(RawServer.Ok, RawEnd.Keep) : end);
        if (reused) Assert.True((await Send(server.Root, Call(Kind.Json))).Ok);
        int before = server.Requests;

        ApiReply reply = await Send(server.Root, Call(kind));

        Assert.Equal((0, false, false), (reply.Status, reply.Ok, reply.NotSent));
        Assert.StartsWith("no answer", reply.Description, StringComparison.Ordinal);
        Assert.Equal((before + 1, 1), (server.Requests, server.Accepted));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_older_call_without_arguments_is_one_request_too(bool reset)
    {
        await using RawServer server = new(number =>
            number == 1 ? new(RawServer.Ok, RawEnd.Keep) : new(null, reset ? RawEnd.Reset : RawEnd.Close));
        Assert.True((await _client.CallAsync(server.Root, _token, "getMe", default, Long, default)).Ok);
        ApiReply reply = await _client.CallAsync(server.Root, _token, "deleteWebhook", default, Long, default);
        Assert.Equal((0, false, 2), (reply.Status, reply.NotSent, server.Requests));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_no_answer()
    {
        await using RawServer server = new(_ => new("HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{\"ok\":true", RawEnd.Close));
        ApiReply reply = await Send(server.Root, Call(Kind.Json));
        Assert.Equal((0, false, 1), (reply.Status, reply.NotSent, server.Requests));
    }

    [Fact]
    public async Task What_is_not_HTTP_is_no_answer()
    {
        await using RawServer server = new(_ => new("SSH-2.0-nothing\r\n\r\n", RawEnd.Close));
        ApiReply reply = await Send(server.Root, Call(Kind.Json));
        Assert.Equal((0, false, 1), (reply.Status, reply.NotSent, server.Requests));
    }

    [Fact]
    public async Task Silence_is_unknown_after_the_time_out()
    {
        await using RawServer server = new(_ => new(null, RawEnd.Silence));
        ApiReply reply = await _client.SendAsync(server.Root, _token, Call(Kind.Json), TimeSpan.FromSeconds(3), default);
        Assert.Equal((0, false, 1), (reply.Status, reply.NotSent, server.Requests));
        Assert.StartsWith("no answer within", reply.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_may_not_leave_any_more_when_the_connection_stands_does_not(bool reused)
    {
        await using RawServer server = new(_ => new(RawServer.Ok, RawEnd.Keep));
        if (reused) Assert.True((await Send(server.Root, Call(Kind.Json))).Ok);
        int before = server.Requests;
        int asked = 0;
        ApiReply reply = await Send(server.Root, Call(Kind.Json) with { MayLeave = () => ++asked == 0 });
        Assert.Equal((0, true, 1), (reply.Status, reply.NotSent, asked));
        Assert.True((await Send(server.Root, Call(Kind.Json) with { MayLeave = () => ++asked > 0 })).Ok);
        Assert.Equal((before + 1, 2), (server.Requests, asked));
    }

    [Fact]
    public async Task A_refused_connection_is_not_sent()
    {
        using Socket closed = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ApiReply reply = await Send(new Uri($"http://127.0.0.1:{((IPEndPoint)closed.LocalEndPoint!).Port}"), Call(Kind.Json));
        Assert.Equal((0, true, "not sent: could not connect"), (reply.Status, reply.NotSent, reply.Description));
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_not_sent()
    {
        ApiReply reply = await Send(new Uri("http://nowhere.invalid"), Call(Kind.Json));
        Assert.Equal((0, true), (reply.Status, reply.NotSent));
        Assert.DoesNotContain("nowhere", reply.Description);
    }

    [Fact]
    public async Task TLS_that_cannot_be_agreed_is_not_sent()
    {
        // The server reads TLS's first message as the beginning of a head that never ends, and the client gives up.
        await using RawServer server = new(_ => new(null, RawEnd.Close));
        Uri root = new UriBuilder(server.Root) { Scheme = "https" }.Uri;
        ApiReply reply = await _client.SendAsync(root, _token, Call(Kind.Json), TimeSpan.FromMilliseconds(300), default);
        Assert.Equal((0, true, 0), (reply.Status, reply.NotSent, server.Requests));
    }

    [Fact]
    public async Task A_server_that_answers_TLS_with_nonsense_is_not_sent()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task answering = AnswerTlsAsync(listener);
        ApiReply reply = await Send(new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"), Call(Kind.Json));
        await answering;
        Assert.Equal((0, true, "not sent: TLS could not be agreed"), (reply.Status, reply.NotSent, reply.Description));
    }

    [Fact]
    public async Task A_call_cancelled_before_it_left_is_not_sent_and_one_after_is_in_doubt()
    {
        using CancellationTokenSource early = new();
        await early.CancelAsync();
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawServer server = new(_ =>
        {
            arrived.TrySetResult();
            return new(null, RawEnd.Silence);
        });
        ApiReply before = await _client.SendAsync(server.Root, _token, Call(Kind.Json), Long, early.Token);
        Assert.Equal((0, true, 0), (before.Status, before.NotSent, server.Requests));

        using CancellationTokenSource late = new();
        Task<ApiReply> sending = _client.SendAsync(server.Root, _token, Call(Kind.Json), Long, late.Token);
        await arrived.Task;
        await late.CancelAsync();
        ApiReply after = await sending;
        Assert.Equal((0, false, 1), (after.Status, after.NotSent, server.Requests));
    }

    [Fact]
    public async Task A_stream_whose_caller_went_away_is_in_doubt_and_never_whole()
    {
        await using RawServer server = new(_ => new(RawServer.Ok, RawEnd.Keep));
        var body = new OneShotBody(10, piece => piece == 5 ? throw new IOException("the caller is gone") : Task.CompletedTask);
        ApiReply reply = await Send(server.Root, new OutgoingCall { Method = ApiMethod.Of("sendDocument"), Body = body });
        Assert.Equal((0, false, 0), (reply.Status, reply.NotSent, server.Requests));
    }

    [Fact]
    public async Task A_streamed_body_may_take_longer_than_the_time_out_while_it_moves()
    {
        await using RawServer server = new(_ => new(RawServer.Ok, RawEnd.Keep));
        var body = new OneShotBody(9, _ => Task.Delay(400));
        OutgoingCall call = new() { Method = ApiMethod.Of("sendDocument"), Body = body };
        ApiReply reply = await _client.SendAsync(server.Root, _token, call, TimeSpan.FromSeconds(3), default);
        Assert.True(reply.Ok, reply.Description);
    }

    [Fact]
    public async Task Headers_come_back_without_those_of_the_connection()
    {
        await using RawServer server = new(_ => new(
            "HTTP/1.1 400 Bad Request\r\nServer: nginx/1.18.0\r\nContent-Type: application/json\r\nContent-Length: 92\r\nConnection: keep-alive, X-Hop\r\n"
            + "X-Hop: 1\r\nKeep-Alive: timeout=5\r\nAccess-Control-Allow-Origin: *\r\nX-Two: a\r\nX-Two: b\r\n\r\n"
            + "{\"ok\":false,\"error_code\":400,\"description\":\"m\",\"parameters\":{\"migrate_to_chat_id\":-1001234567890}}"[..92],
            RawEnd.Close));
        ApiReply reply = await Send(server.Root, Call(Kind.Json));
        Assert.Equal(
            ["Server: nginx/1.18.0", "Access-Control-Allow-Origin: *", "X-Two: a", "X-Two: b", "Content-Type: application/json"],
            reply.Headers!.Select(header => $"{header.Key}: {header.Value}"));
    }

    [Fact]
    public async Task A_migration_is_read_and_the_body_kept()
    {
        const string Body = """{"ok":false,"error_code":400,"description":"m","parameters":{"migrate_to_chat_id":-1001234567890}}""";
        await using RawServer server = new(_ => new($"HTTP/1.1 400 Bad Request\r\nContent-Length: {Body.Length}\r\n\r\n{Body}", RawEnd.Keep));
        ApiReply reply = await Send(server.Root, Call(Kind.Json));
        Assert.Equal((400, -1001234567890L, Body), (reply.Status, reply.MigrateToChatId, Encoding.UTF8.GetString(reply.Body)));
    }

    private static async Task AnswerTlsAsync(TcpListener listener)
    {
        using Socket socket = await listener.AcceptSocketAsync();
        byte[] hello = new byte[4096];
        await socket.ReceiveAsync(hello);
        await socket.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        socket.Shutdown(SocketShutdown.Send);
        while (await socket.ReceiveAsync(hello) > 0)
        {
            // Until the client closes.
        }
    }

    private static OutgoingCall Call(Kind kind)
    {
        ApiMethod method = ApiMethod.Of("sendMessage");
        byte[] json = Encoding.UTF8.GetBytes("""{"chat_id":5,"text":"x"}""");
        return kind switch
        {
            Kind.Empty => new OutgoingCall { Method = method, Body = new BufferedBody(CallEncoding.None, default, null) },
            Kind.Json => CallScan.Json(method, json),
            Kind.Form => CallScan.Form(method, "chat_id=5&text=x"u8.ToArray()),
            _ => new OutgoingCall { Method = method, Body = new OneShotBody(20) },
        };
    }

    private Task<ApiReply> Send(Uri root, OutgoingCall call) => _client.SendAsync(root, _token, call, Long, default);
}

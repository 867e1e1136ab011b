using System.Globalization;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.BotApi;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Telegram;

namespace EdgeProxy.Tests.BotApi;

/// <summary>
/// What a hostile caller, or a careless server behind us, must not achieve. Alone in the process: callers that are slow on purpose must not be too
/// slow.
/// </summary>
[Collection(AloneInProcess.Name)]
public sealed class BotApiHostileTests
{
    private static readonly string Secret = BotApiRig.Token.Split(':')[1];

    [Theory]
    [InlineData("getFile")]
    [InlineData("sendMessage")]
    public async Task The_holder_of_a_client_token_never_learns_the_bots_own(string method)
    {
        // A local Bot API server names the token in file_path, a redirect in its Location.
        string path = $"/var/lib/telegram-bot-api/{BotApiRig.Token}/documents/a {Secret} b";
        string body = """{"ok":true,"result":{"file_path":"PATH"}}""".Replace("PATH", path, StringComparison.Ordinal);
        string head =
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLocation: https://x/bot{BotApiRig.Token}/getFile\r\nContent-Length: {body.Length}\r\n\r\n";
        await using var server = new RawServer(_ => new RawAction(head + body, RawEnd.Keep));
        await using BotApiRig rig = await BotApiRig.StartAsync(apiRoot: server.Root);
        ClientTokenRights? rights = ClientTokenRights.TryCreate([], [], out _);
        (_, _, string token) = await rig.ClientTokens.IssueAsync(rig.Bot, "test", rights!, null);

        Assert.Contains(BotApiRig.Token, await AskAsync(rig, $"/bot{BotApiRig.Token}/{method}?chat_id=5"), StringComparison.Ordinal);
        foreach (string call in (string[])[$"/bot{token}/{method}?chat_id=5", $"/file/bot{token}/documents/a"])
        {
            string answer = await AskAsync(rig, call);
            if (!call.StartsWith("/file", StringComparison.Ordinal)) Assert.DoesNotContain(Secret, answer, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)], StringComparison.Ordinal);
            Assert.Contains("documents/a", answer, StringComparison.Ordinal);
        }
    }

    // Telegram's server reads the parts of both as a chat_id of its own, before the one that is in scope (tdlib, tdnet/HttpReader.cpp).
    [Theory]
    [InlineData("name=\"a\"\r\nContent-Type: application/x-www-form-urlencoded", "text=evil&chat%5Fid=-101")]
    [InlineData("name=\"a\"; \vname=\"chat_id\"", "-101")]
    [InlineData("name=\"chat%5Fid\"", "-101")]
    public async Task No_part_smuggles_a_chat_past_the_scope(string headers, string value)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        ClientTokenRights? rights = ClientTokenRights.TryCreate([], ["-100"], out _);
        (_, _, string token) = await rig.ClientTokens.IssueAsync(rig.Bot, "test", rights!, null);
        MultipartText body = new MultipartText("b").Raw($"--b\r\nContent-Disposition: form-data; {headers}\r\n\r\n{value}\r\n").Field("chat_id", "-100");
        using var content = new ByteArrayContent(body.End());
        content.Headers.TryAddWithoutValidation("Content-Type", body.ContentType);
        (int status, _, string? outcome) = await rig.CallAsync($"/bot{token}/sendMessage", content);
        Assert.Equal((403, "out_of_scope"), (status, outcome));
        Assert.Equal(0, rig.Telegram.Stats.ApiCalls);
    }

    [Fact]
    public async Task Bodies_held_in_memory_are_bounded_and_make_room_again()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        var slow = new List<NetworkStream>();
        var answers = new List<Task<string>>();
        try
        {
            byte[] head = Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"POST /bot{BotApiRig.Token}/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
                $"Content-Length: {Limits.CallBytesMax}\r\n\r\n"));
            // One more than fit, and nobody else: a call that came between them could take the place of one, and then there would be room.
            for (int call = 0; call <= Limits.CallBytesHeldMax / Limits.CallBytesMax; call++)
            {
                NetworkStream stream = await rig.ConnectAsync();
                slow.Add(stream);
                await stream.WriteAsync(head);
                answers.Add(StatusLineAsync(stream));
            }

            Assert.StartsWith("HTTP/1.1 429 ", await await Task.WhenAny(answers), StringComparison.Ordinal);
        }
        finally
        {
            foreach (NetworkStream stream in slow) await stream.DisposeAsync();
        }

        await Task.WhenAll(answers).ContinueWith(_ => { }, TaskScheduler.Default); // those that wait end with their connections
        await UntilAsync(rig, status => status == 200);
    }

    [Theory]
    [InlineData(BotApiRig.Token, 413)]
    [InlineData("1000009:none", 401)]
    public async Task A_refusal_that_ends_the_connection_says_so(string token, int expected)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{rig.Url}/bot{token}/sendMessage");
        request.Headers.ExpectContinue = true; // a body on its way into a closed connection can drown the answer
        request.Content = new ByteArrayContent(new byte[Limits.CallBytesMax + 1]);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using HttpResponseMessage response = await rig.Http.SendAsync(request);
        Assert.Equal((expected, true), ((int)response.StatusCode, response.Headers.ConnectionClose));
    }

    [Fact]
    public async Task A_header_that_cannot_go_on_is_refused_at_once()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        await using NetworkStream stream = await rig.ConnectAsync();
        const string body = "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n5\r\n--b--";
        await stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"POST /bot{BotApiRig.Token}/sendMessage HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b; x=\u00fc\r\n" +
            $"Content-Length: {body.Length}\r\n\r\n{body}"));
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, rig.Telegram.Stats.ApiCalls);
    }

    [Fact]
    public async Task Downloads_and_long_polls_keep_no_message_from_leaving()
    {
        const int held = 2 * Limits.ApiConnectionsMax;
        await using var server = new RawServer(request => request <= held ? new RawAction(null, RawEnd.Silence) : new RawAction(RawServer.Ok, RawEnd.Keep));
        using var client = new BotApiClient();
        Assert.True(BotToken.TryParse(BotApiRig.Token, out BotToken? token));
        using var stop = new CancellationTokenSource();
        var waiting = new List<Task>();
        for (int call = 0; call < Limits.ApiConnectionsMax; call++)
        {
            waiting.Add(client.OpenFileAsync(server.Root, token, "documents/a", null, stop.Token));
            waiting.Add(client.CallAsync(server.Root, token, "getUpdates", default, TimeSpan.FromMinutes(5), stop.Token));
        }

        for (int look = 0; server.Requests < held && look < 6_000; look++) await Task.Delay(10);
        Assert.Equal(held, server.Requests);
        ApiReply reply = await client.CallAsync(server.Root, token, "sendMessage", default, TimeSpan.FromSeconds(20), default);
        Assert.Equal((200, null), (reply.Status, reply.Description));
        await stop.CancelAsync();
        await Task.WhenAll(waiting.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));
    }

    private static async Task<string> StatusLineAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        return await reader.ReadLineAsync() ?? "";
    }

    // The whole answer, head and body.
    private static async Task<string> AskAsync(BotApiRig rig, string path)
    {
        await using NetworkStream stream = await rig.ConnectAsync();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static async Task UntilAsync(BotApiRig rig, Func<int, bool> isIt)
    {
        int status = 0;
        for (int look = 0; look < 3_000 && !isIt(status); look++)
        {
            using var content = new StringContent("""{"chat_id":5,"text":"x"}""", Encoding.UTF8, "application/json");
            status = (await rig.CallAsync($"/bot{BotApiRig.Token}/sendMessage", content)).Status;
            if (!isIt(status)) await Task.Delay(10);
        }

        Assert.True(isIt(status), $"HTTP {status}");
    }
}

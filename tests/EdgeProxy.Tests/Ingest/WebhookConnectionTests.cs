using System.Net.Sockets;
using System.Text;

namespace EdgeProxy.Tests.Ingest;

/// <summary>One connection that carries updates and other things, as bytes on a socket: the short way and Kestrel's must look the same from outside.</summary>
public sealed class WebhookConnectionTests : IAsyncLifetime
{
    private WebhookRig _rig = null!;
    private TcpClient _socket = null!;

    public async Task InitializeAsync()
    {
        _rig = await WebhookRig.StartAsync();
        _socket = new TcpClient { NoDelay = true };
        await _socket.ConnectAsync(_rig.Root.Host, _rig.Root.Port);
    }

    public async Task DisposeAsync()
    {
        _socket.Dispose();
        await _rig.DisposeAsync();
    }

    [Fact]
    public async Task Updates_that_come_in_one_piece_are_answered_and_stored_in_their_order()
    {
        await WriteAsync(string.Concat(Enumerable.Range(1, 50).Select(id => Plain(id))));
        for (int id = 1; id <= 50; id++) Assert.Equal(200, await StatusAsync());
        Assert.Equal(Enumerable.Range(1, 50).Select(Body), _rig.Stored().Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public async Task An_update_may_be_cut_anywhere()
    {
        int cuts = Plain(1_000).Length;
        for (int cut = 1; cut < cuts; cut++)
        {
            string text = Plain(1_000 + cut);
            await WriteAsync(text[..cut]);
            await Task.Yield();
            await WriteAsync(text[cut..]);
            Assert.Equal(200, await StatusAsync());
        }

        Assert.Equal(cuts - 1, _rig.Stored().Count);
    }

    [Fact]
    public async Task A_refused_call_may_be_cut_anywhere()
    {
        string text = Plain(1).Replace("s3cret", "wrong!", StringComparison.Ordinal);
        for (int cut = 1; cut < text.Length; cut++)
        {
            using var socket = new TcpClient { NoDelay = true };
            await socket.ConnectAsync(_rig.Root.Host, _rig.Root.Port);
            await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text[..cut]));
            await Task.Delay(1);
            await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text[cut..]));
            byte[] answer = new byte[12];
            await socket.GetStream().ReadExactlyAsync(answer);
            Assert.Equal("HTTP/1.1 401", Encoding.Latin1.GetString(answer));
        }

        Assert.Empty(_rig.Complaints.Lines);
    }

    [Theory]
    [InlineData("POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: wrong\r\nContent-Length: 15\r\n\r\nBODY", 401)]
    [InlineData("POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\nBODY", 401)]
    [InlineData("POST /telegram/webhook/nobody HTTP/1.1\r\nHost: x\r\nSECRET\r\nContent-Length: 15\r\n\r\nBODY", 404)]
    [InlineData("POST /telegram/webhook/polled HTTP/1.1\r\nHost: x\r\nSECRET\r\nContent-Length: 15\r\n\r\nBODY", 404)]
    [InlineData("POST /telegram/webhook/dem%6f HTTP/1.1\r\nHost: x\r\nSECRET\r\nContent-Length: 15\r\n\r\nBODY", 200)]
    [InlineData("POST /telegram/webhook/demo?v=1 HTTP/1.1\r\nhost: x\r\nSECRET\r\ncontent-length: 15\r\nConnection: Keep-Alive\r\n\r\nBODY", 200)]
    [InlineData("PLAIN\r\nTransfer-Encoding: chunked\r\n\r\nf\r\nBODY\r\n0\r\n\r\n", 200)]
    [InlineData("PLAIN\r\nContent-Length: 15\r\n\r\n{\"update_id\":x}", 400)]
    [InlineData("PLAIN\r\nContent-Length: 0\r\n\r\n", 400)]
    [InlineData("PLAIN\r\nContent-Length: 15\r\nContent-Length: 16\r\n\r\nBODY", 400)]
    [InlineData("PLAIN\r\nContent-Length: 1x\r\n\r\nBODY", 400)]
    [InlineData("POST /telegram/webhook/demo HTTP/1.1\r\nSECRET\r\nContent-Length: 15\r\n\r\nBODY", 400)]
    [InlineData("POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400)]
    [InlineData("PLAIN\r\nContent-Length: 600000\r\n\r\n", 413)]
    [InlineData("POST /telegram/webhook/demo HTTP/1.0\r\nHost: x\r\nSECRET\r\nContent-Length: 15\r\n\r\nBODY", 200)]
    [InlineData("PLAIN\r\nConnection: close\r\nContent-Length: 15\r\n\r\nBODY", 200)]
    [InlineData("GET /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nSECRET\r\n\r\n", 405)]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 404)]
    [InlineData("\u0016\u0003\u0001 no HTTP\r\n\r\n", 400)]
    public async Task After_an_update_anything_else_is_answered_as_on_a_connection_of_its_own(string request, int status)
    {
        request = request.Replace("PLAIN", "POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nSECRET", StringComparison.Ordinal)
            .Replace("SECRET", "X-Telegram-Bot-Api-Secret-Token: s3cret", StringComparison.Ordinal)
            .Replace("BODY", Body(2), StringComparison.Ordinal);
        await WriteAsync(Plain(1) + request);
        Assert.Equal(200, await StatusAsync());
        Assert.Equal(status, await StatusAsync());
        string[] stored = status == 200 ? [Body(1), Body(2)] : [Body(1)];
        Assert.Equal(stored, _rig.Stored().Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public async Task An_update_that_is_expected_first_is_asked_for()
    {
        await WriteAsync(Plain(1) + "POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\n"
            + "Expect: 100-continue\r\nContent-Length: 15\r\n\r\n");
        Assert.Equal(200, await StatusAsync());
        Assert.Equal(100, await StatusAsync());
        await WriteAsync(Body(2));
        Assert.Equal(200, await StatusAsync());
        await WriteAsync(Plain(3));
        Assert.Equal(200, await StatusAsync());
        Assert.Equal([Body(1), Body(2), Body(3)], _rig.Stored().Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public async Task A_stop_ends_a_connection_that_waits_for_updates()
    {
        await WriteAsync(Plain(1));
        Assert.Equal(200, await StatusAsync());
        await _rig.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, await _socket.GetStream().ReadAsync(new byte[1]));
        Assert.Empty(_rig.Complaints.Lines);
    }

    private static string Body(int id) => $"{{\"update_id\":{id}}}";

    private static string Plain(int id) =>
        "POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\n"
        + $"Content-Type: application/json\r\nContent-Length: {Body(id).Length}\r\n\r\n{Body(id)}";

    private Task WriteAsync(string text) => _socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();

    /// <summary>The status of the next answer; its body is read past.</summary>
    private async Task<int> StatusAsync()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            Assert.Equal(1, await _socket.GetStream().ReadAsync(one, late.Token));
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n");
        string? length = lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.Ordinal));
        if (length is not null) await _socket.GetStream().ReadExactlyAsync(new byte[int.Parse(length[15..])], late.Token);
        return int.Parse(lines[0].Split(' ')[1]);
    }
}

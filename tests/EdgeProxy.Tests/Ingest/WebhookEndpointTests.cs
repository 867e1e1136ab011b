using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Ingest;

/// <summary>The endpoint behind a real Kestrel, with a real journal behind it.</summary>
public sealed class WebhookEndpointTests : IAsyncLifetime
{
    private WebhookRig _rig = null!;

    public async Task InitializeAsync() => _rig = await WebhookRig.StartAsync();

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Theory]
    [InlineData("demo", "POST", "wrong", "{\"update_id\":1}", 401)]
    [InlineData("demo", "POST", "", "{\"update_id\":1}", 401)]
    [InlineData("nobody", "POST", "s3cret", "{\"update_id\":1}", 404)]
    [InlineData("polled", "POST", "s3cret", "{\"update_id\":1}", 404)]
    [InlineData("demo", "PUT", "s3cret", "{\"update_id\":1}", 405)]
    [InlineData("demo", "POST", "s3cret", "{\"update_id\":1", 400)]
    [InlineData("demo", "POST", "s3cret", "{\"update_id\":\"1\"}", 400)]
    [InlineData("demo", "POST", "s3cret", "[]", 400)]
    [InlineData("demo", "POST", "s3cret", "", 400)]
    public async Task A_refused_call_gets_its_status_one_line_of_reason_and_stores_nothing(string bot, string method, string secret, string body, int status)
    {
        (HttpStatusCode code, string text) = await _rig.SendAsync(bot, Encoding.UTF8.GetBytes(body), secret, new HttpMethod(method));
        Assert.Equal(status, (int)code);
        using JsonDocument reason = JsonDocument.Parse(text);
        Assert.Equal(status, reason.RootElement.GetProperty("error_code").GetInt32());
        Assert.NotEmpty(reason.RootElement.GetProperty("description").GetString()!);
        Assert.Equal(1, text.Count(c => c == '\n'));
        Assert.Empty(_rig.Stored());
    }

    [Theory]
    [InlineData(true, Limits.UpdateBytesMax + 1)]
    [InlineData(false, Limits.UpdateBytesMax + 1)]
    [InlineData(true, 600 * 1024)]
    [InlineData(false, 600 * 1024)]
    public async Task Over_512_KiB_is_413_with_its_reason_with_and_without_a_length(bool chunked, int length)
    {
        (HttpStatusCode code, string text) = await _rig.SendAsync("demo", Padded(length), chunked: chunked);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, code);
        Assert.Contains("\"error_code\":413", text, StringComparison.Ordinal);
        Assert.Empty(_rig.Complaints.Lines);
        Assert.Empty(_rig.Stored());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exactly_512_KiB_is_stored_byte_for_byte(bool chunked)
    {
        byte[] body = Padded(Limits.UpdateBytesMax);
        Assert.Equal(HttpStatusCode.OK, (await _rig.SendAsync("demo", body, chunked: chunked)).Code);
        Assert.Equal(body, Assert.Single(_rig.Stored()));
    }

    [Fact]
    public async Task The_200_is_empty_and_a_repeat_gets_it_again_without_being_stored_again()
    {
        byte[] body = Encoding.UTF8.GetBytes("{\"update_id\":7,\"message\":{\"chat\":{\"id\":5},\"text\":\"Привіт, Ёлка 🎄\"}}");
        for (int i = 0; i < 3; i++) Assert.Equal((HttpStatusCode.OK, ""), await _rig.SendAsync("demo", body));
        Assert.Equal(body, Assert.Single(_rig.Stored()));
    }

    [Fact]
    public async Task A_body_that_comes_byte_by_byte_is_the_same_update()
    {
        byte[] body = Encoding.UTF8.GetBytes("{\"update_id\":8,\"message\":{\"text\":\"поступово\"}}");
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(_rig.Root.Host, _rig.Root.Port);
        NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n"));
        foreach (byte b in body)
        {
            await stream.WriteAsync(new[] { b });
            await stream.FlushAsync();
        }

        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 200", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(body, Assert.Single(_rig.Stored()));
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n{\"update_id\":9")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"upd\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nnot a length\r\n")]
    public async Task A_body_that_breaks_off_ends_the_connection_and_is_no_error_of_ours(string rest)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(_rig.Root.Host, _rig.Root.Port);
        NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            "POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\n" + rest));
        socket.Client.Shutdown(SocketShutdown.Send);
        try
        {
            Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        }
        catch (IOException)
        {
            // reset, which is an end as well
        }

        await _rig.StopAsync();
        Assert.Empty(_rig.Complaints.Lines);
        Assert.Empty(_rig.Stored());
    }

    [Fact]
    public async Task A_caller_that_leaves_in_the_middle_stores_nothing_and_harms_nobody()
    {
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(_rig.Root.Host, _rig.Root.Port);
            await socket.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes(
                    "POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\n"
                    + "Content-Length: 100\r\n\r\n{\"update_id\":9"));
        }

        byte[] body = "{\"update_id\":10}"u8.ToArray();
        Assert.Equal(HttpStatusCode.OK, (await _rig.SendAsync("demo", body)).Code);
        Assert.Equal(body, Assert.Single(_rig.Stored()));
    }

    private static byte[] Padded(int length)
    {
        const string head = "{\"update_id\":6,\"message\":{\"text\":\"";
        const string tail = "\"}}";
        return Encoding.ASCII.GetBytes(head + new string('x', length - head.Length - tail.Length) + tail);
    }
}

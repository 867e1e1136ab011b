using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Tests.Simulator;

/// <summary>What stands on the wire: headers, chunks, resets and closes.</summary>
public sealed class WireTests
{
    private const string Call = $"GET /bot{TelegramClient.Token}/sendMessage?chat_id=5&text=x HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("reset_before", true, 0)]
    [InlineData("reset_after", true, 1)]
    [InlineData("close_before", false, 0)]
    [InlineData("close_after", false, 1)]
    public async Task A_connection_is_cut_before_or_after_the_send_takes_effect(string kind, bool isReset, int accepted)
    {
        await using FakeTelegram telegram = await StartAsync();
        using var client = new TelegramClient(telegram);
        await client.FaultAsync(new { kind, chat_id = 5, count = 1 });
        using Socket socket = await ConnectAsync(telegram);
        await socket.SendAsync(Encoding.ASCII.GetBytes(Call));
        byte[] buffer = new byte[1024];
        if (isReset)
        {
            SocketException cut = await Assert.ThrowsAsync<SocketException>(async () => await socket.ReceiveAsync(buffer));
            Assert.Equal(SocketError.ConnectionReset, cut.SocketErrorCode);
        }
        else
        {
            Assert.Equal(0, await socket.ReceiveAsync(buffer));
        }

        Assert.Equal(accepted, telegram.Sends.Count);
    }

    [Fact]
    public async Task Every_answer_carries_the_headers_of_telegrams_front_end()
    {
        await using FakeTelegram telegram = await StartAsync();
        using var client = new TelegramClient(telegram);
        foreach (string path in new[] { $"/bot{TelegramClient.Token}/getMe", "/bot1:a/getMe", "/nothing" })
        {
            using HttpResponseMessage answer = await client.Http.GetAsync(telegram.Url + path);
            Assert.StartsWith("nginx", answer.Headers.Server.ToString(), StringComparison.Ordinal);
            Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
            Assert.Contains("max-age", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")), StringComparison.Ordinal);
            Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
            Assert.NotNull(answer.Content.Headers.ContentLength);
        }
    }

    [Fact]
    public async Task Answers_come_in_chunks_when_asked()
    {
        await using FakeTelegram telegram = await StartAsync(options => options.Chunked = true);
        using var client = new TelegramClient(telegram);
        using HttpResponseMessage answer = await client.Http.GetAsync(
            $"{telegram.Url}/bot{TelegramClient.Token}/getMe", HttpCompletionOption.ResponseHeadersRead);
        Assert.True(answer.Headers.TransferEncodingChunked);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(1_000_001, body.RootElement.GetProperty("result").GetProperty("id").GetInt64());
    }

    [Theory]
    [InlineData("sendNonsense", 404, "Not Found: method not found")]
    [InlineData("test/getMe", 200, null)]
    [InlineData("a/b", 404, "Not Found")]
    public async Task Paths_are_answered_in_telegrams_words(string method, int status, string? description)
    {
        await using FakeTelegram telegram = await StartAsync();
        using var client = new TelegramClient(telegram);
        var (code, body) = await client.CallAsync(method);
        Assert.Equal(status, code);
        Assert.Equal(description, body.TryGetProperty("description", out JsonElement said) ? said.GetString() : null);
    }

    [Fact]
    public async Task Refusals_come_on_demand()
    {
        await using FakeTelegram telegram = await StartAsync();
        using var client = new TelegramClient(telegram);
        await client.FaultAsync(new { kind = "album_flood", retry_after = 7, count = 1 });
        await client.FaultAsync(new { kind = "bad_request", method = "sendMessage", description = "TOPIC_CLOSED", count = 1 });
        await client.FaultAsync(new { kind = "not_found", method = "getChat" });
        object[] media = [.. Enumerable.Range(0, 2).Select(_ => new { type = "photo", media = "AgACfile" })];
        await RefusedAsync("sendMessage", new { chat_id = 5, text = "x" }, 400, "Bad Request: TOPIC_CLOSED");
        await RefusedAsync("getChat", new { chat_id = 5 }, 404, "Not Found");
        await RefusedAsync("sendMediaGroup", new { chat_id = 5, media }, 400, "Too Many Requests: retry after 7");
        Assert.Equal(200, (await client.CallAsync("sendMediaGroup", new { chat_id = 5, media })).Status);

        async Task RefusedAsync(string method, object arguments, int status, string words)
        {
            var (code, body) = await client.CallAsync(method, arguments);
            Assert.Equal(status, code);
            Assert.Contains(words, body.GetProperty("description").GetString(), StringComparison.Ordinal);
            Assert.False(body.TryGetProperty("parameters", out _));
        }
    }

    [Fact]
    public async Task A_late_answer_comes_after_the_effect_and_a_page_of_html_without_one()
    {
        await using FakeTelegram telegram = await StartAsync();
        using var client = new TelegramClient(telegram);
        await client.FaultAsync(new { kind = "latency_after", latency_ms = 20_000, count = 1 });
        using var gone = new CancellationTokenSource();
        string url = $"{telegram.Url}/bot{TelegramClient.Token}/sendMessage?chat_id=5&text=x";
        Task<HttpResponseMessage> waiting = client.Http.GetAsync(url, gone.Token);
        Assert.True(await TelegramClient.EventuallyAsync(() => telegram.Sends.Count == 1));
        Assert.False(waiting.IsCompleted);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await client.FaultAsync(new { kind = "server_error", status = 502, html = true, count = 1 });
        using HttpResponseMessage page = await client.Http.GetAsync(url);
        Assert.Equal(502, (int)page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Equal(1, telegram.Sends.Count);
    }

    [Fact]
    public async Task Two_servers_with_a_frozen_clock_answer_alike()
    {
        var bodies = new List<string>();
        for (int run = 0; run < 2; run++)
        {
            await using FakeTelegram telegram = await StartAsync(options => options.Clock = new FrozenClock(DateTimeOffset.UnixEpoch.AddYears(50)));
            using var client = new TelegramClient(telegram);
            bodies.Add((await client.CallAsync("sendMessage", new { chat_id = 5, text = "Ї" })).Body.GetRawText());
        }

        Assert.Equal(bodies[0], bodies[1]);
        Assert.Contains("\\u0407", bodies[0], StringComparison.Ordinal);
    }

    private static Task<FakeTelegram> StartAsync(Action<FakeTelegramOptions>? change = null)
    {
        var options = new FakeTelegramOptions();
        options.Tokens.Add(TelegramClient.Token);
        change?.Invoke(options);
        return FakeTelegram.StartAsync(options);
    }

    private static async Task<Socket> ConnectAsync(FakeTelegram telegram)
    {
        var address = new Uri(telegram.Url);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        return socket;
    }
}

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EdgeProxy.BotApi;
using EdgeProxy.Lanes;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Tests.Simulator;
using BotApiEndpoint = EdgeProxy.BotApi.BotApiEndpoint;

namespace EdgeProxy.Tests.BotApi;

/// <summary>Calls without files: every way to write them, and every way they can be refused.</summary>
public sealed class BotApiCallTests
{
    private const string Bot = "/bot" + BotApiRig.Token;
    private const string Text = "Привет, 👋 <&>+%\"\\";

    public static TheoryData<string> Encodings => ["json", "query", "form", "multipart", "json in pieces", "multipart in pieces"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Every_encoding_arrives_with_the_same_bytes(string encoding)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        (string query, HttpContent? content) = Encode(encoding, [("chat_id", "42"), ("text", Text)]);
        (int status, string body, string? outcome) = await rig.CallAsync($"{Bot}/sendMessage{query}", content);
        Assert.Equal(200, status);
        Assert.Null(outcome);
        Assert.Equal(Text, JsonDocument.Parse(body).RootElement.GetProperty("result").GetProperty("text").GetString());
        SendRecord sent = Assert.Single(rig.Telegram.Sends.Snapshot());
        Assert.Equal((42L, Text), (sent.ChatId, sent.Text));
        Assert.Empty(rig.Complaints.Lines);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("form")]
    [InlineData("multipart")]
    public async Task A_query_and_a_body_are_one_call(string encoding)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        (_, HttpContent? content) = Encode(encoding, [("text", Text)]);
        (int status, string body, _) = await rig.CallAsync($"{Bot}/sendMessage?chat_id=-7&disable_notification=true", content);
        Assert.True(status == 200, body);
        Assert.Equal((-7L, Text), rig.Telegram.Sends.Snapshot().Select(sent => (sent.ChatId, sent.Text)).Single());
    }

    [Theory]
    [InlineData("/sendmessage")]
    [InlineData("/SENDMESSAGE")]
    [InlineData("/test/SendMessage")]
    public async Task Methods_are_found_whatever_their_case_and_in_the_test_environment(string method)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        (int status, string body, _) = await rig.CallAsync($"{Bot}{method}?chat_id=1&text=a", null);
        Assert.True(status == 200, body);
    }

    [Theory]
    [InlineData(Bot + "/getMe")]
    [InlineData(Bot + "/getMe", "POST")]
    [InlineData(Bot + "/getMyCommands?language_code=ru")]
    [InlineData(Bot + "/noSuchMethod")]
    [InlineData(Bot + "/sendMessage?chat_id=abc&text=x")]
    [InlineData(Bot + "/sendMessage?chat_id=1")]
    [InlineData(Bot + "/sendMessage")]
    [InlineData(Bot + "/get%20Me")]
    [InlineData(Bot + "/")]
    [InlineData(Bot)]
    [InlineData(Bot + "/a/b")]
    [InlineData(Bot + "/test/a/b")]
    [InlineData("/bot")]
    [InlineData("/bot/getMe")]
    [InlineData("/botnobody/getMe")]
    [InlineData("/bot1000001:AAEdgeProxyTestTokenForSimulator001/getMe")]
    [InlineData("/bot1000009:AAEdgeProxyTestTokenForSimulator000/getMe")]
    [InlineData("/bot1000001:AAEdgeProxyTestTokenForSimulator0000/getMe")]
    [InlineData("/bot1000001%3AAAEdgeProxyTestTokenForSimulator000/getMe")]
    [InlineData("/file/bot1000009:AAEdgeProxyTestTokenForSimulator000/a.bin")]
    [InlineData("/file/botx")]
    [InlineData("/file" + Bot + "/documents/none.bin")]
    [InlineData("/file" + Bot + "/")]
    public async Task Answers_are_Telegrams_own_byte_for_byte(string path, string verb = "GET")
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        var method = new HttpMethod(verb);
        Assert.Equal(await HeadAndBodyAsync(rig, rig.Telegram.Url + path, method), await HeadAndBodyAsync(rig, rig.Url + path, method));
    }

    [Fact]
    public async Task A_429_and_its_header_come_through()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync(BotApiRig.Wide() with { MaxWaitMs = 100 });
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Flood, ChatId = 5, RetryAfter = 77 });
        using HttpResponseMessage response = await rig.Http.GetAsync($"{rig.Url}{Bot}/sendMessage?chat_id=5&text=a");
        Assert.Equal(429, (int)response.StatusCode);
        Assert.Equal(77, response.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        Assert.Equal(
            """{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 77","parameters":{"retry_after":77}}""",
            await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_full_lane_is_a_429_of_ours_in_Telegrams_shape()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync(new LaneSettings { PrivateBurst = 1, PrivatePerSecond = 0.1, MaxWaitMs = 1 });
        Assert.Equal(200, (await rig.CallAsync($"{Bot}/sendMessage?chat_id=5&text=a", null)).Status);
        using HttpResponseMessage response = await rig.Http.GetAsync($"{rig.Url}{Bot}/sendMessage?chat_id=5&text=b");
        Assert.Equal(429, (int)response.StatusCode);
        int waitS = (int)response.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
        Assert.InRange(waitS, 1, 10);
        Assert.Equal("lane_full", response.Headers.GetValues(CallReply.OutcomeHeader).Single());
        string expected = $$"""{"ok":false,"error_code":429,"description":"Too Many Requests: retry after {{waitS}}","parameters":{"retry_after":{{waitS}}}""";
        Assert.Equal(expected + "}", await response.Content.ReadAsStringAsync());
        Assert.Single(rig.Telegram.Sends.Snapshot());
    }

    [Theory]
    [InlineData("getUpdates")]
    [InlineData("SETWEBHOOK")]
    [InlineData("deleteWebhook")]
    [InlineData("logOut")]
    [InlineData("close")]
    public async Task Updates_that_EdgeProxy_receives_are_not_taken_from_it(string method)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        (int status, string body, string? outcome) = await rig.CallAsync($"/bot{BotApiRig.OwnedToken}/{method}", null);
        Assert.Equal((409, "owned"), (status, outcome));
        JsonElement error = JsonDocument.Parse(body).RootElement;
        Assert.StartsWith("Conflict: EdgeProxy receives this bot's updates", error.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(409, error.GetProperty("error_code").GetInt32());
        Assert.Equal(200, (await rig.CallAsync($"/bot{BotApiRig.OwnedToken}/getWebhookInfo", null)).Status);
    }

    [Fact]
    public async Task Where_EdgeProxy_receives_nothing_a_long_poll_goes_through_and_ends_with_its_caller()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        using var caller = new CancellationTokenSource();
        Task poll = rig.Http.GetAsync($"{rig.Url}{Bot}/getUpdates?timeout=50", caller.Token);
        Assert.True(await TelegramClient.EventuallyAsync(() => rig.Telegram.Stats.ApiCalls == 1));
        Assert.False(poll.IsCompleted);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        Assert.Equal(200, (await rig.CallAsync($"{Bot}/getUpdates?timeout=0", null)).Status);
        Assert.Empty(rig.Complaints.Lines);
    }

    [Theory]
    [InlineData("interactive", 200)]
    [InlineData("Bulk", 200)]
    [InlineData("normal", 200)]
    [InlineData("urgent", 400)]
    [InlineData("", 400)]
    public async Task A_priority_is_one_of_three(string priority, int expected)
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{rig.Url}{Bot}/sendMessage?chat_id=1&text=a");
        request.Headers.TryAddWithoutValidation(BotApiEndpoint.PriorityHeader, priority);
        using HttpResponseMessage response = await rig.Http.SendAsync(request);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_connection_reset_behind_acceptance_is_a_504_that_says_so_and_is_not_repeated()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, Count = 1 });
        (int status, string body, string? outcome) = await rig.CallAsync($"{Bot}/sendMessage?chat_id=1&text=a", null);
        Assert.Equal((504, "unknown"), (status, outcome));
        Assert.Contains("nobody knows whether the message was sent", body, StringComparison.Ordinal);
        Assert.False(JsonDocument.Parse(body).RootElement.GetProperty("ok").GetBoolean());
        Assert.Single(rig.Telegram.Sends.Snapshot());
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_was_sent()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync(BotApiRig.Wide() with { MaxWaitMs = 200 }, apiRoot: new Uri("http://127.0.0.1:1"));
        (int status, string body, string? outcome) = await rig.CallAsync($"{Bot}/sendMessage?chat_id=1&text=a", null);
        Assert.Equal((502, "not_sent"), (status, outcome));
        Assert.Contains("not sent", body, StringComparison.Ordinal);
        Assert.DoesNotContain("AAEdge", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_call_is_refused_before_anything_leaves()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        (int status, _, _) = await rig.CallAsync($"{Bot}/getMe", null, HttpMethod.Delete);
        Assert.Equal(405, status);
        rig.Http.DefaultRequestHeaders.ExpectContinue = true; // a body on its way into a closed connection can drown the answer
        var tooLarge = new ByteArrayContent(new byte[EdgeProxy.Primitives.Limits.CallBytesMax + 1]);
        tooLarge.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (status, string body, _) = await rig.CallAsync($"{Bot}/sendMessage", tooLarge);
        Assert.Equal((413, """{"ok":false,"error_code":413,"description":"Request Entity Too Large"}"""), (status, body));
        var packed = new StringContent("{}", Encoding.UTF8, "application/json");
        packed.Headers.ContentEncoding.Add("gzip");
        Assert.Equal(415, (await rig.CallAsync($"{Bot}/sendMessage", packed)).Status);
        Assert.Equal(0, rig.Telegram.Stats.ApiCalls);
    }

    private static (string Query, HttpContent? Content) Encode(string encoding, (string Name, string Value)[] fields)
    {
        string form = string.Join('&', fields.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));
        switch (encoding.Split(' ')[0])
        {
            case "query":
                return ("?" + form, null);
            case "form":
                return ("", new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));
            case "json":
                byte[] json = JsonSerializer.SerializeToUtf8Bytes(fields.ToDictionary(field => field.Name, field => field.Value));
                return ("", Content(json, "application/json; charset=utf-8", encoding));
            default:
                var parts = new MultipartText();
                foreach ((string name, string value) in fields) parts.Field(name, value);
                return ("", Content(parts.End(), parts.ContentType, encoding));
        }
    }

    private static HttpContent Content(byte[] bytes, string type, string encoding)
    {
        HttpContent content = encoding.Contains("pieces", StringComparison.Ordinal) ? new PiecewiseContent(bytes) : new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    // Dates differ by when they were asked; the rest may not.
    private static async Task<string> HeadAndBodyAsync(BotApiRig rig, string url, HttpMethod method)
    {
        using var request = new HttpRequestMessage(method, url);
        using HttpResponseMessage response = await rig.Http.SendAsync(request);
        // Some of these answers are our own: they say the same, but name no server and no policy of Telegram's.
        var lines = response.Content.Headers.SelectMany(header => header.Value.Select(value => $"{header.Key}: {value}")).Order(StringComparer.Ordinal);
        return $"{(int)response.StatusCode}\n{string.Join('\n', lines)}\n\n{await response.Content.ReadAsStringAsync()}";
    }
}

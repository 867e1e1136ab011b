using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Delivery;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Tests.Simulator;

public sealed class BotApiTests : IAsyncLifetime
{
    private FakeTelegram _telegram = null!;
    private FakeBot _bot = null!;
    private TelegramClient _client = null!;

    public async Task InitializeAsync()
    {
        _telegram = await FakeTelegram.StartAsync();
        _bot = _telegram.AddBot(TelegramClient.Token);
        _client = new TelegramClient(_telegram);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _telegram.DisposeAsync();
    }

    [Theory]
    [InlineData("SENDMESSAGE", 200, null)]
    [InlineData("test/sendMessage", 200, null)]
    [InlineData("sendNonsense", 404, "Not Found: method not found")]
    public async Task Methods_are_found_as_telegram_finds_them(string method, int status, string? description)
    {
        var (code, body) = await _client.CallAsync(method, new { chat_id = 5, text = "x" });
        Assert.Equal(status, code);
        Assert.Equal(description, body.TryGetProperty("description", out JsonElement said) ? said.GetString() : null);
    }

    [Fact]
    public async Task An_unknown_token_is_401()
    {
        using HttpResponseMessage answer = await _client.Http.GetAsync(_telegram.Url + "/bot1:abc/getMe");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Every_form_of_parameters_carries_the_text_unchanged()
    {
        const string Text = "Їжак & ёж + \"q\" \U0001F44D\nx=y";
        string url = $"{_telegram.Url}/bot{TelegramClient.Token}/sendMessage";
        var fields = new Dictionary<string, string> { ["chat_id"] = "-100500", ["text"] = Text };
        using var multipart = new MultipartFormDataContent();
        multipart.Add(new StringContent("-100500"), "chat_id");
        multipart.Add(new StringContent(Text), "text");
        using var form = new FormUrlEncodedContent(fields);
        HttpResponseMessage[] answers =
        [
            await _client.Http.PostAsJsonAsync(url, fields),
            await _client.Http.PostAsync(url, form),
            await _client.Http.PostAsync(url, multipart),
            await _client.Http.GetAsync($"{url}?chat_id=-100500&text={Uri.EscapeDataString(Text)}"),
        ];
        long expectedId = 1;
        foreach (HttpResponseMessage answer in answers)
        {
            JsonElement result = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("result");
            Assert.Equal(Text, result.GetProperty("text").GetString());
            Assert.Equal(expectedId++, result.GetProperty("message_id").GetInt64());
            Assert.Equal("group", result.GetProperty("chat").GetProperty("type").GetString());
            answer.Dispose();
        }
    }

    [Fact]
    public async Task A_private_chat_takes_a_burst_and_then_says_429_in_body_and_header_while_another_chat_goes_on()
    {
        int accepted = 0;
        HttpResponseMessage? flood = null;
        for (int i = 0; i < 30 && flood is null; i++)
        {
            HttpResponseMessage answer = await _client.Http.GetAsync(
                $"{_telegram.Url}/bot{TelegramClient.Token}/sendMessage?chat_id=7&text=x");
            if (answer.IsSuccessStatusCode)
            {
                accepted++;
                answer.Dispose();
            }
            else
            {
                flood = answer;
            }
        }

        Assert.NotNull(flood);
        Assert.InRange(accepted, 5, 29);
        JsonElement body = await flood.Content.ReadFromJsonAsync<JsonElement>();
        int retryAfter = body.GetProperty("parameters").GetProperty("retry_after").GetInt32();
        Assert.Equal(429, body.GetProperty("error_code").GetInt32());
        Assert.Equal(TimeSpan.FromSeconds(retryAfter), flood.Headers.RetryAfter!.Delta);
        flood.Dispose();
        Assert.Equal(200, (await _client.CallAsync("sendMessage", new { chat_id = 8, text = "x" })).Status);
    }

    [Fact]
    public async Task A_group_counts_the_ids_of_copies_and_an_answer_to_a_callback_is_free()
    {
        object Copy() => new { chat_id = -9, from_chat_id = 5, message_ids = Enumerable.Range(1, 20).ToArray() };
        Assert.Equal(200, (await _client.CallAsync("copyMessages", Copy())).Status);
        Assert.Equal(429, (await _client.CallAsync("sendMessage", new { chat_id = -9, text = "x" })).Status);
        for (int i = 0; i < 60; i++)
        {
            Assert.Equal(200, (await _client.CallAsync("answerCallbackQuery", new { callback_query_id = "1" })).Status);
        }
    }

    [Fact]
    public async Task Faults_hit_the_calls_they_name_and_are_used_up()
    {
        _telegram.Faults.Add(new FaultRule { Kind = FaultKind.Blocked, ChatId = 5, Count = 1 });
        _telegram.Faults.Add(new FaultRule { Kind = FaultKind.Migrated, ChatId = -6, MigrateToChatId = -1_001_234_567_890_123 });
        _telegram.Faults.Add(new FaultRule { Kind = FaultKind.ServerError, ChatId = 10, Status = 503, Count = 1 });
        Assert.Equal(403, (await _client.CallAsync("sendMessage", new { chat_id = 5, text = "x" })).Status);
        Assert.Equal(200, (await _client.CallAsync("sendMessage", new { chat_id = 5, text = "x" })).Status);
        var (status, body) = await _client.CallAsync("sendMessage", new { chat_id = -6, text = "x" });
        Assert.Equal(400, status);
        Assert.Equal(-1_001_234_567_890_123, body.GetProperty("parameters").GetProperty("migrate_to_chat_id").GetInt64());
        Assert.Equal(503, (await _client.CallAsync("sendMessage", new { chat_id = 10, text = "x" })).Status);
        Assert.Equal(1, _telegram.Sends.Count);
    }

    [Theory]
    [InlineData("reset_before", 0)]
    [InlineData("reset_after", 1)]
    public async Task A_reset_comes_before_or_after_the_send_takes_effect(string kind, int accepted)
    {
        using HttpResponseMessage armed = await _client.Http.PostAsJsonAsync(
            _telegram.Url + "/sim/faults", new { kind, chat_id = 5, count = 1 });
        Assert.Equal(HttpStatusCode.OK, armed.StatusCode);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _client.CallAsync("sendMessage", new { chat_id = 5, text = "x" }));
        Assert.Equal(accepted, _telegram.Sends.Count);
    }

    [Fact]
    public async Task GetUpdates_confirms_by_offset_and_discards_by_a_negative_one()
    {
        for (int i = 0; i < 10; i++)
        {
            _bot.Produce(factory => factory.Next(UpdateFactory.Find("02")!, 0));
        }

        Assert.Equal(10, (await IdsAsync(new { })).Length);
        long[] rest = await IdsAsync(new { offset = 700_000_004, limit = 3 });
        Assert.Equal([700_000_004, 700_000_005, 700_000_006], rest);
        long[] last = await IdsAsync(new { offset = -2 });
        Assert.Equal([700_000_008, 700_000_009], last);
        Assert.Equal(2, _bot.Updates.PendingCount);
    }

    [Fact]
    public async Task A_newer_getUpdates_ends_the_older_and_a_webhook_forbids_both()
    {
        Task<(int Status, JsonElement Body)> older = _client.CallAsync("getUpdates", new { timeout = 50 });
        Task<(int Status, JsonElement Body)> newer;
        do
        {
            newer = _client.CallAsync("getUpdates", new { timeout = 50 });
            await Task.WhenAny(older, newer); // whichever arrived first is ended by the other
        }
        while (newer.IsCompleted);
        Assert.Equal(409, (await older).Status);
        Assert.Equal(200, (await _client.CallAsync("setWebhook", new { url = "http://127.0.0.1:1/x" })).Status);
        Assert.Equal(409, (await newer).Status);
        Assert.Equal(409, (await _client.CallAsync("getUpdates")).Status);
    }

    [Fact]
    public async Task SetWebhook_checks_its_arguments_and_its_pace()
    {
        Assert.Equal(400, (await _client.CallAsync("setWebhook", new { url = "http://127.0.0.1:1/x", secret_token = "a b" })).Status);
        Assert.Equal(400, (await _client.CallAsync("setWebhook", new { url = "http://127.0.0.1:1/x", max_connections = 101 })).Status);
        Assert.Equal(400, (await _client.CallAsync("setWebhook", new { url = "http://example.org/x" })).Status);
        var first = await _client.CallAsync(
            "setWebhook", new { url = "http://127.0.0.1:1/x", allowed_updates = new[] { "message", "no_such" } });
        Assert.Equal("Webhook was set", first.Body.GetProperty("description").GetString());
        var again = await _client.CallAsync("setWebhook", new { url = "http://127.0.0.1:1/x" });
        Assert.Equal("Webhook is already set", again.Body.GetProperty("description").GetString());
        Assert.Equal(429, (await _client.CallAsync("setWebhook", new { url = "http://127.0.0.1:1/y" })).Status);
        JsonElement info = (await _client.CallAsync("getWebhookInfo")).Body.GetProperty("result");
        Assert.Equal(40, info.GetProperty("max_connections").GetInt32());
        Assert.Equal("message", Assert.Single(info.GetProperty("allowed_updates").EnumerateArray()).GetString());
    }

    [Fact]
    public async Task An_upload_is_hashed_and_comes_back_by_range()
    {
        byte[] content = RandomNumberGenerator.GetBytes(100_000);
        using var multipart = new MultipartFormDataContent();
        multipart.Add(new StringContent("5"), "chat_id");
        multipart.Add(new ByteArrayContent(content), "document", "a.bin");
        using HttpResponseMessage sent = await _client.Http.PostAsync($"{_telegram.Url}/bot{TelegramClient.Token}/sendDocument", multipart);
        JsonElement result = (await sent.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("result");
        string id = result.GetProperty("document").GetProperty("file_id").GetString()!;
        JsonElement file = (await _client.CallAsync("getFile", new { file_id = id })).Body.GetProperty("result");
        string url = $"{_telegram.Url}/file/bot{TelegramClient.Token}/{file.GetProperty("file_path").GetString()}";
        Assert.Equal(content, await _client.Http.GetByteArrayAsync(url));
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Range = new RangeHeaderValue(1000, 1999);
        using HttpResponseMessage part = await _client.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(content[1000..2000], await part.Content.ReadAsByteArrayAsync());
        Assert.Equal(content.Length, _telegram.Stats.UploadBytes);
    }

    private async Task<long[]> IdsAsync(object arguments)
    {
        JsonElement body = (await _client.CallAsync("getUpdates", arguments)).Body;
        return [.. body.GetProperty("result").EnumerateArray().Select(update => update.GetProperty("update_id").GetInt64())];
    }
}

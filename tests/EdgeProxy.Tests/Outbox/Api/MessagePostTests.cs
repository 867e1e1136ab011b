using System.Net;
using System.Text;
using System.Text.Json;
using EdgeProxy.Outbox;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Outbox.Api;

public sealed class MessagePostTests
{
    [Fact]
    public async Task A_message_is_taken_and_shown_as_it_was_written()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        const string Text = "Привет, \U0001F600 \"кавычки\" \\ </b> \u0001 \u2028 \uFFFD é";
        string json = JsonSerializer.Serialize(Text, JsonContext.Default.String);
        Answer answer = await rig.PostAsync("/v1/messages", $$"""{"bot":"demo","chat_id":-1001234567890,"text":{{json}},"parse_mode":"HTML"}""");
        Assert.Equal(HttpStatusCode.Accepted, answer.Code);
        Assert.Equal("queued", answer.Text("status"));
        Assert.Equal("/v1/messages/" + answer.Id, answer.Headers.Location?.ToString());
        Answer shown = await rig.GetAsync("/v1/messages/" + answer.Id);
        Assert.Equal(HttpStatusCode.OK, shown.Code);
        Assert.Equal(Text, shown.Json.GetProperty("params").GetProperty("text").GetString());
        Assert.Equal(-1001234567890, shown.Json.GetProperty("params").GetProperty("chat_id").GetInt64());
        Assert.Equal("sendMessage", shown.Text("method"));
        Assert.Equal("demo", shown.Text("bot"));
    }

    [Fact]
    public async Task The_same_key_and_request_is_the_same_message_and_another_request_a_conflict()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer first = await rig.PostAsync("/v1/messages", """{"bot":"demo","chat_id":7,"text":"Привет"}""", idempotencyKey: "order-1");
        // Another order of members and another spelling of the same text is the same request.
        Answer again = await rig.PostAsync(
            "/v1/messages", """{"text":"\u041f\u0440\u0438\u0432\u0435\u0442", "chat_id":"7","bot":"demo"}""", idempotencyKey: "order-1");
        Assert.Equal(HttpStatusCode.Accepted, first.Code);
        Assert.Equal(HttpStatusCode.OK, again.Code);
        Assert.Equal(first.Id, again.Id);
        Answer inBody = await rig.PostAsync("/v1/messages", """{"bot":"demo","chat_id":7,"text":"Привет","idempotency_key":"order-1"}""");
        Assert.Equal(first.Id, inBody.Id);
        Answer other = await rig.PostAsync("/v1/messages", """{"bot":"demo","chat_id":7,"text":"Пока"}""", idempotencyKey: "order-1");
        other.IsProblem(HttpStatusCode.Conflict, "idempotency_key");
        Assert.Contains(first.Id, other.Detail);
        Answer otherBot = await rig.PostAsync("/v1/messages", """{"bot":"other","chat_id":7,"text":"Пока"}""", idempotencyKey: "order-1");
        Assert.Equal(HttpStatusCode.Accepted, otherBot.Code);
    }

    [Theory]
    [InlineData("""[]""", null)]
    [InlineData("""{"chat_id":7,"text":"x"}""", "bot")]
    [InlineData("""{"bot":"nobody","chat_id":7,"text":"x"}""", "bot")]
    [InlineData("""{"bot":"demo","text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":0,"text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":1.5,"text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":"bob","text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":"@","text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":"@bob builder","text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":true,"text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":{"kind":"castle","id":1},"text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":{"kind":"user","id":1,"more":2},"text":"x"}""", "chat_id")]
    [InlineData("""{"bot":"demo","chat_id":7}""", "text")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":""}""", "text")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":5}""", "text")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"half \ud83d"}""", "text")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"wrong way \ude00\ud83d"}""", "text")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","method":"sendPhoto"}""", "text")]
    [InlineData("""{"bot":"demo","chat_id":7,"method":"getMe"}""", "method")]
    [InlineData("""{"bot":"demo","chat_id":7,"method":"sendPhoto","params":{"caption":"\ud800"}}""", "params.caption")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","params":{"text":"y"}}""", "params.text")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","params":{"chat_id":8}}""", "params.chat_id")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","params":{"method":"sendPhoto"}}""", "params.method")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","params":[1]}""", "params")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","params":"{"}""", "params")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","reply_to":1,"params":{"reply_parameters":{"message_id":2}}}""", "params.reply_parameters")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","reply_to":"first"}""", "reply_to")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","message_thread_id":-1}""", "message_thread_id")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","reply_markup":"no json"}""", "reply_markup")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","priority":"urgent"}""", "priority")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","not_before":"tomorrow"}""", "not_before")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","not_before":"2026-01-01T00:00:00"}""", "not_before")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","not_before":4102444800000}""", "not_before")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","expires_at":100,"not_before":200}""", "expires_at")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","callback_url":"ftp://example.org"}""", "callback_url")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","on_unknown":"maybe"}""", "on_unknown")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","idempotency_key":"with space"}""", "idempotency_key")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x","text":"y"}""", "text")]
    [InlineData("""{"bot":"demo","chat_id":7,"txet":"x"}""", "txet")]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x"} {}""", null)]
    [InlineData("""{"bot":"demo","chat_id":7,"text":"x" """, null)]
    [InlineData("""{"bot":"demo","chat_id":7,"method":"sendPhoto","params":{"photo":"attach://p"}}""", "p")]
    public async Task A_wrong_field_is_named(string body, string? field)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer answer = await rig.PostAsync("/v1/messages", body);
        answer.IsProblem(HttpStatusCode.BadRequest, field);
        Assert.False(string.IsNullOrEmpty(answer.Detail));
    }

    [Fact]
    public async Task Two_different_keys_are_an_error()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer answer = await rig.PostAsync("/v1/messages", """{"bot":"demo","chat_id":7,"text":"x","idempotency_key":"a"}""", idempotencyKey: "b");
        answer.IsProblem(HttpStatusCode.BadRequest, "Idempotency-Key");
    }

    [Theory]
    [InlineData("-1001234567890", -1001234567890)]
    [InlineData("\"-1001234567890\"", -1001234567890)]
    [InlineData("\"channel:1234567890\"", -1001234567890)]
    [InlineData("""{"kind":"channel","id":1234567890}""", -1001234567890)]
    [InlineData("""{"id":55,"kind":"group"}""", -55)]
    [InlineData("\"user:42\"", 42)]
    public async Task A_chat_may_be_written_in_many_ways(string chat, long id)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer posted = await rig.PostAsync("/v1/messages", $$"""{"bot":"demo","chat_id":{{chat}},"text":"x"}""");
        Answer shown = await rig.GetAsync("/v1/messages/" + posted.Id);
        Assert.Equal(id, shown.Json.GetProperty("chat_id").GetInt64());
        Assert.Equal(id, shown.Json.GetProperty("params").GetProperty("chat_id").GetInt64());
    }

    [Fact]
    public async Task Parameters_go_where_Telegram_reads_them()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer posted = await rig.PostAsync("/v1/messages",
            """
            {"bot":"demo","chat_id":"@News","text":"x","message_thread_id":5,"reply_to":9,"priority":"bulk","not_before":"2026-12-01T00:00:00+01:00",
             "reply_markup":"{\"inline_keyboard\":[[{\"text\":\"Да\",\"callback_data\":\"1e400\"}]]}",
             "params":{"disable_notification":true,"link_preview_options":{"n":1.00,"big":123456789012345678901234567890}}}
            """);
        Assert.Equal(HttpStatusCode.Accepted, posted.Code);
        Answer shown = await rig.GetAsync("/v1/messages/" + posted.Id);
        JsonElement parameters = shown.Json.GetProperty("params");
        Assert.Equal("@news", parameters.GetProperty("chat_id").GetString());
        Assert.Equal(5, parameters.GetProperty("message_thread_id").GetInt32());
        Assert.Equal(9, parameters.GetProperty("reply_parameters").GetProperty("message_id").GetInt32());
        Assert.Equal("Да", parameters.GetProperty("reply_markup").GetProperty("inline_keyboard")[0][0].GetProperty("text").GetString());
        Assert.True(parameters.GetProperty("disable_notification").GetBoolean());
        Assert.Equal("""{"n":1.00,"big":123456789012345678901234567890}""", parameters.GetProperty("link_preview_options").GetRawText());
        Assert.Equal("bulk", shown.Text("priority"));
        Assert.Equal("2026-11-30T23:00:00.000Z", shown.Text("not_before"));
    }

    [Theory]
    [InlineData("/send_message")]
    [InlineData("/send_message/")]
    public async Task The_short_form_takes_JSON_and_forms(string path)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer json = await rig.PostAsync(path, """{"chat_id":7,"text":"x"}""", key: "send");
        Assert.Equal(HttpStatusCode.Accepted, json.Code);
        using var form = new FormUrlEncodedContent(
            [new("chat_id", "7"), new("text", "Привет + 100% & \U0001F600"), new("message_thread_id", "3"), new("bot", "")]);
        Answer posted = await rig.SendAsync(HttpMethod.Post, path, form, key: "send");
        Assert.Equal(HttpStatusCode.Accepted, posted.Code);
        Answer shown = await rig.GetAsync("/v1/messages/" + posted.Id);
        Assert.Equal("Привет + 100% & \U0001F600", shown.Json.GetProperty("params").GetProperty("text").GetString());
        Assert.Equal(3, shown.Json.GetProperty("params").GetProperty("message_thread_id").GetInt32());
    }

    [Fact]
    public async Task Files_are_on_disk_before_the_answer_and_gone_after_a_refusal()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        byte[] photo = Encoding.UTF8.GetBytes(new string('x', 300_000));
        using MultipartFormDataContent body = Upload("""{"bot":"demo","chat_id":7,"method":"sendPhoto","params":{"photo":"attach://pic"}}""", "pic", photo);
        Answer posted = await rig.SendAsync(HttpMethod.Post, "/v1/messages", body, idempotencyKey: "photo");
        Assert.Equal(HttpStatusCode.Accepted, posted.Code);
        string file = Assert.Single(Directory.GetFiles(rig.Uploads.Path));
        Assert.Equal(photo, await File.ReadAllBytesAsync(file));

        // The same file under the same key is the same request; another file is another.
        using MultipartFormDataContent again = Upload("""{"bot":"demo","chat_id":7,"method":"sendPhoto","params":{"photo":"attach://pic"}}""", "pic", photo);
        Answer repeated = await rig.SendAsync(HttpMethod.Post, "/v1/messages", again, idempotencyKey: "photo");
        Assert.Equal((HttpStatusCode.OK, posted.Id), (repeated.Code, repeated.Id));
        using MultipartFormDataContent changed = Upload("""{"bot":"demo","chat_id":7,"method":"sendPhoto","params":{"photo":"attach://pic"}}""", "pic", [1]);
        (await rig.SendAsync(HttpMethod.Post, "/v1/messages", changed, idempotencyKey: "photo")).IsProblem(HttpStatusCode.Conflict, "idempotency_key");
        using MultipartFormDataContent wrong = Upload("""{"bot":"demo","chat_id":7,"method":"sendPhoto","params":{"photo":"attach://other"}}""", "pic", photo);
        (await rig.SendAsync(HttpMethod.Post, "/v1/messages", wrong)).IsProblem(HttpStatusCode.BadRequest, "other");
        Assert.Equal([file], Directory.GetFiles(rig.Uploads.Path));
    }

    [Fact]
    public async Task A_part_named_like_its_parameter_needs_no_reference()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        using var body = new MultipartFormDataContent
        {
            { new StringContent("demo"), "bot" }, { new StringContent("7"), "chat_id" }, { new StringContent("sendDocument"), "method" },
            { new ByteArrayContent([1, 2, 3]), "document", "отчёт.pdf" },
        };
        Answer posted = await rig.SendAsync(HttpMethod.Post, "/v1/messages", body);
        Assert.Equal(HttpStatusCode.Accepted, posted.Code);
        Answer shown = await rig.GetAsync("/v1/messages/" + posted.Id);
        Assert.Equal("attach://document", shown.Json.GetProperty("params").GetProperty("document").GetString());
    }

    [Fact]
    public async Task A_body_that_can_never_pass_is_refused_and_a_broken_multipart_too()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        (await rig.PostAsync("/v1/messages", $$"""{"text":"{{new string('x', Limits.CallBytesMax)}}"}"""))
            .IsProblem(HttpStatusCode.RequestEntityTooLarge, null);
        (await rig.SendAsync(HttpMethod.Post, "/v1/messages", new StringContent("x", Encoding.UTF8, "text/plain")))
            .IsProblem(HttpStatusCode.UnsupportedMediaType, "Content-Type");
        using var broken = new StringContent("--b\r\nContent-Disposition: form-data; name=\"pic\"; filename=\"a\"\r\n\r\nno end");
        broken.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", "b") } };
        (await rig.SendAsync(HttpMethod.Post, "/v1/messages", broken)).IsProblem(HttpStatusCode.BadRequest, null);
        Assert.Empty(Directory.GetFiles(rig.Uploads.Path));
        byte[] utf8 = "{\"bot\":\"demo\",\"chat_id\":7,\"text\":\"\u00e9\"}"u8.ToArray();
        using var latin = new ByteArrayContent([.. utf8.Select(b => b == 0xC3 ? (byte)0xE9 : b)]);
        latin.Headers.ContentType = new("application/json");
        (await rig.SendAsync(HttpMethod.Post, "/v1/messages", latin)).IsProblem(HttpStatusCode.BadRequest, null);
    }

    [Theory]
    [InlineData("", "/v1/messages", 401, "Authorization")]
    [InlineData("nobody", "/v1/messages", 401, "Authorization")]
    [InlineData("read", "/v1/messages", 403, "Authorization")]
    [InlineData("admin", "/v1/messages", 403, "Authorization")]
    [InlineData("other", "/v1/messages", 403, "bot")]
    [InlineData("read", "/v1/broadcasts", 403, "Authorization")]
    [InlineData("read", "/v1/messages/0000010000000001/cancel", 403, "Authorization")]
    [InlineData("send", "/v1/messages/replay", 403, "Authorization")]
    [InlineData("send", "/v1/messages/drop", 403, "Authorization")]
    public async Task A_key_does_what_it_may_and_no_more(string key, string path, int status, string field)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer answer = await rig.PostAsync(path, """{"bot":"demo","chat_id":7,"text":"x"}""", key: key);
        answer.IsProblem((HttpStatusCode)status, field);
        if (status == 401) Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task Messages_of_a_bot_are_for_its_keys()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        Answer posted = await rig.PostAsync("/v1/messages", """{"chat_id":7,"text":"x"}""", key: "send");
        Assert.Equal(HttpStatusCode.Accepted, posted.Code);
        Assert.Equal(HttpStatusCode.OK, (await rig.GetAsync("/v1/messages/" + posted.Id, key: "read")).Code);
        (await rig.GetAsync("/v1/messages/" + posted.Id, key: "send")).IsProblem(HttpStatusCode.Forbidden, "Authorization");
        (await rig.GetAsync("/v1/messages/" + posted.Id, key: "other")).IsProblem(HttpStatusCode.Forbidden, "bot");
        (await rig.GetAsync("/v1/messages/0000000000000001")).IsProblem(HttpStatusCode.NotFound, "id");
        (await rig.GetAsync("/v1/messages/12")).IsProblem(HttpStatusCode.NotFound, "id");
        (await rig.GetAsync("/v1/nothing")).IsProblem(HttpStatusCode.NotFound, null);
    }

    [Fact]
    public async Task A_call_back_needs_a_secret()
    {
        const string Body = """{"bot":"demo","chat_id":7,"text":"x","callback_url":"https://example.org/hook"}""";
        await using ApiRig silent = await ApiRig.StartAsync(new MessageApiSettings());
        Answer answer = await silent.PostAsync("/v1/messages", Body);
        answer.IsProblem(HttpStatusCode.BadRequest, "callback_url");
        Assert.Contains(MessageApiSettings.CallbackSecretName, answer.Detail);
        await using ApiRig signing = await ApiRig.StartAsync(new MessageApiSettings { CallbackSecret = new byte[] { 1 } });
        Assert.Equal(HttpStatusCode.Accepted, (await signing.PostAsync("/v1/messages", Body)).Code);
    }

    [Fact]
    public async Task A_state_file_that_takes_no_writes_is_503_and_keeps_nothing()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.State.DisposeAsync();
        Answer answer = await rig.PostAsync("/v1/messages", """{"bot":"demo","chat_id":7,"text":"x"}""");
        answer.IsProblem(HttpStatusCode.ServiceUnavailable, null);
        Assert.NotNull(answer.Headers.RetryAfter);
        using MultipartFormDataContent upload = Upload("""{"bot":"demo","chat_id":7,"method":"sendPhoto"}""", "photo", [1, 2, 3]);
        (await rig.SendAsync(HttpMethod.Post, "/v1/messages", upload)).IsProblem(HttpStatusCode.ServiceUnavailable, null);
        Assert.Empty(Directory.GetFiles(rig.Uploads.Path));
    }

    [Fact]
    public async Task Old_uploads_that_no_message_has_are_swept()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        using MultipartFormDataContent upload = Upload("""{"bot":"demo","chat_id":7,"method":"sendPhoto"}""", "photo", [1, 2, 3]);
        Assert.Equal(HttpStatusCode.Accepted, (await rig.SendAsync(HttpMethod.Post, "/v1/messages", upload)).Code);
        string kept = Assert.Single(Directory.GetFiles(rig.Uploads.Path));
        string cutOff = rig.Uploads.FullPath(UploadFolder.NewName());
        string underWay = rig.Uploads.FullPath(UploadFolder.NewName());
        await File.WriteAllTextAsync(cutOff, "cut off");
        await File.WriteAllTextAsync(underWay, "its message comes");
        foreach (string old in new[] { kept, cutOff }) File.SetLastWriteTimeUtc(old, DateTime.UnixEpoch);
        await new UploadSweep(rig.Store, new OutboxSettings(rig.Uploads.Path), TimeProvider.System).RunAsync(default);
        Assert.Equal(new[] { kept, underWay }.Order(), Directory.GetFiles(rig.Uploads.Path).Order());
    }

    [Theory]
    [InlineData("b", "a\\\"b", HttpStatusCode.BadRequest, "(part)")]
    [InlineData(null, "a", HttpStatusCode.UnsupportedMediaType, "Content-Type")]
    public async Task A_part_that_could_not_be_sent_on_is_refused(string? boundary, string part, HttpStatusCode status, string field)
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        boundary ??= new string('b', 5000);
        using var body = new StringContent($"--{boundary}\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"f\"\r\n\r\nx\r\n--{boundary}--\r\n");
        body.Headers.ContentType = new("multipart/form-data") { Parameters = { new("boundary", boundary) } };
        (await rig.SendAsync(HttpMethod.Post, "/v1/messages", body)).IsProblem(status, field);
    }

    [Fact]
    public async Task Names_of_files_leave_as_browsers_write_them()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await File.WriteAllTextAsync(rig.Uploads.FullPath("one"), "x");
        var body = new UploadBody("{\"caption\":\"hi\"}"u8.ToArray(), [new StoredUpload("doc", "отчёт \"1\"\r\n.pdf", null, "one", 1)], rig.Uploads.Path);
        using HttpContent content = body.CreateContent();
        string text = Encoding.UTF8.GetString(await content.ReadAsByteArrayAsync());
        Assert.Contains("Content-Disposition: form-data; name=\"doc\"; filename=\"отчёт %221%22__.pdf\"\r\n", text);
        Assert.Contains("Content-Disposition: form-data; name=\"caption\"\r\n\r\nhi\r\n", text);
        Assert.StartsWith("multipart/form-data; boundary=", content.Headers.ContentType?.ToString());
    }

    private static MultipartFormDataContent Upload(string message, string part, byte[] file) => new()
    {
        { new StringContent(message, Encoding.UTF8, "application/json"), "message" },
        { new ByteArrayContent(file), part, "photo.jpg" },
    };
}

using System.Diagnostics;
using System.Text.Json;
using EdgeProxy.EndToEnd.Harness;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.EndToEnd;

/// <summary>The message API as somebody uses it: curl, the README's session, and the command line.</summary>
public sealed class OutboxSessionTests(ITestOutputHelper output) : IAsyncLifetime, IDisposable
{
    private const int Recipients = 500;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();
    private FakeTelegram _telegram = null!;
    private ProxyProcess _proxy = null!;
    private OutboxClient _client = null!;
    private Curl _curl = null!;

    public async Task InitializeAsync()
    {
        var options = new FakeTelegramOptions { EnforceLimits = false };
        options.Tokens.Add(OutboxProxy.TokenOf(0));
        _telegram = await FakeTelegram.StartAsync(options);
        _proxy = OutboxProxy.In(_folder, _telegram.Url, lanes: new { PrivatePerSecond = 50, PrivateBurst = 50, PerSecond = 150, Burst = 10 });
        await _proxy.StartAsync();
        _client = new OutboxClient(_proxy.BaseAddress);
        _curl = new Curl(_proxy.BaseAddress, OutboxProxy.Key);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        _proxy.Dispose();
        await _telegram.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_message_is_posted_repeated_refused_watched_and_cancelled_with_curl()
    {
        const string Text = "Привіт, їжаче! 👩‍👩‍👧‍👦 Заказ №42 «готов» — \"100 %\" \\ 🇺🇦";
        var json = JsonSerializer.Serialize(new { chat_id = 42, text = Text });
        var posted = await _curl.PostAsync("/v1/messages", json, "-H", "Idempotency-Key: order-42");
        Assert.Equal((202, "queued"), (posted.Status, posted.State));
        var again = await _curl.PostAsync("/v1/messages", json, "-H", "Idempotency-Key: order-42");
        Assert.Equal((200, posted.Id), (again.Status, again.Id));
        var other = await _curl.PostAsync("/v1/messages", """{"chat_id":42,"text":"another"}""", "-H", "Idempotency-Key: order-42");
        Assert.Equal((409, "idempotency_key"), (other.Status, other.Body.GetProperty("field").GetString()));

        await _client.UntilAsync(posted.Id, "sent", Bound);
        var sent = await _curl.RunAsync("/v1/messages/" + posted.Id);
        var send = Assert.Single(_telegram.Sends.Snapshot());
        Assert.Equal((send.MessageId, 42L), (sent.Body.GetProperty("message_id").GetInt64(), send.ChatId));
        Assert.Equal(Text, send.Text);

        // As UTF-8 that curl sends from the command line, not escaped.
        var plain = await _curl.PostAsync("/send_message/", $$"""{"chat_id": "43", "text": "Ще одне: ґанок 🌻"}""");
        Assert.Equal(202, plain.Status);
        var form = await _curl.RunAsync("/send_message/", "--data-urlencode", "chat_id=44", "--data-urlencode", "text=Форма & ещё 🐝");
        Assert.Equal(202, form.Status);
        await _client.UntilAsync(plain.Id, "sent", Bound);
        await _client.UntilAsync(form.Id, "sent", Bound);
        Assert.Equal("Ще одне: ґанок 🌻", Assert.Single(_telegram.Sends.Snapshot(), one => one.ChatId == 43).Text);
        Assert.Equal("Форма & ещё 🐝", Assert.Single(_telegram.Sends.Snapshot(), one => one.ChatId == 44).Text);

        var later = TimeProvider.System.GetUtcNow().AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ");
        var scheduled = await _curl.PostAsync("/v1/messages", $$"""{"chat_id":45,"text":"later","not_before":"{{later}}"}""");
        Assert.Equal("queued", (await _curl.RunAsync("/v1/messages/" + scheduled.Id)).State);
        var cancelled = await _curl.RunAsync($"/v1/messages/{scheduled.Id}/cancel", "-X", "POST");
        Assert.Equal((200, "cancelled"), (cancelled.Status, cancelled.State));
        Assert.Equal(409, (await _curl.RunAsync($"/v1/messages/{scheduled.Id}/cancel", "-X", "POST")).Status);
        var list = await _curl.RunAsync("/v1/messages?status=sent,cancelled");
        Assert.Equal(4, list.Body.GetProperty("messages").GetArrayLength());
        Assert.Equal(3, _telegram.Sends.Count);
        Assert.Equal(401, (await new Curl(_proxy.BaseAddress, "no-key-at-all-of-anybody").RunAsync("/v1/messages")).Status);
    }

    [Fact]
    public async Task A_call_back_is_signed_and_comes_again_until_it_is_taken()
    {
        await using var receiver = new CallbackReceiver();
        await receiver.UpAsync();
        var posted = await _curl.PostAsync("/v1/messages", $$"""{"chat_id":50,"text":"tell me","callback_url":"{{receiver.Url}}"}""");
        Assert.Equal(202, posted.Status);
        await WaitAsync(() => receiver.Messages.Count > 0);
        var told = Assert.Single(receiver.Messages);
        Assert.Equal((posted.Id, "sent"), (told.GetProperty("id").GetString(), told.GetProperty("status").GetString()));
        Assert.Equal(_telegram.Sends.Snapshot()[0].MessageId, told.GetProperty("message_id").GetInt64());
        Assert.Equal((2, 0), (receiver.Calls, receiver.Unsigned));
    }

    [Fact]
    public async Task A_broadcast_of_500_chats_pauses_resumes_and_is_done()
    {
        var lines = Path.Combine(_folder.Path, "chats.ndjson");
        await File.WriteAllLinesAsync(lines, ["""{"text":"Знижки 🎉","name":"sale"}""", .. Enumerable.Range(0, Recipients).Select(i => $"{9000 + i}")]);
        var posted = await _curl.RunAsync("/v1/broadcasts", "-H", "Content-Type: application/x-ndjson", "--data-binary", "@" + lines);
        Assert.Equal((202, Recipients), (posted.Status, posted.Body.GetProperty("recipients").GetInt32()));
        var path = "/v1/broadcasts/" + posted.Id;
        await WaitAsync(() => _telegram.Sends.Count >= 50);

        var paused = await _curl.RunAsync(path + "/pause", "-X", "POST");
        Assert.Equal((200, "paused"), (paused.Status, paused.State));
        OutboxReply stands = paused;
        await WaitAsync(async () => Count(stands = await _curl.RunAsync(path), "sending") == 0);
        var atTelegram = _telegram.Sends.Count;
        Assert.Equal(atTelegram, Count(stands, "sent"));
        Assert.Equal(Recipients - atTelegram, Count(stands, "queued"));
        Assert.InRange(atTelegram, 50, Recipients - 1);
        // While it is paused another message goes out, and none of the broadcast's.
        await _client.UntilAsync((await _curl.PostAsync("/v1/messages", """{"chat_id":60,"text":"between"}""")).Id, "sent", Bound);
        Assert.Equal(atTelegram + 1, _telegram.Sends.Count);

        Assert.Equal((200, "running"), await StateAsync(path + "/resume", "-X", "POST"));
        await WaitAsync(async () => (stands = await _curl.RunAsync(path)).State == "done");
        output.WriteLine($"paused after {atTelegram} of {Recipients}; at the end {stands.Body.GetProperty("counts")}");
        Assert.Equal(Recipients, Count(stands, "sent"));
        var sends = _telegram.Sends.Snapshot().Where(send => send.Text == "Знижки 🎉").ToList();
        Assert.Equal(Enumerable.Range(0, Recipients).Select(i => 9000L + i), sends.Select(send => send.ChatId).Order());
    }

    [Fact]
    public async Task The_command_line_lists_shows_replays_resolves_cancels_and_drops()
    {
        _telegram.Faults.Add(new FaultRule { Kind = FaultKind.BadRequest, ChatId = 70, Count = 1, Description = "TOPIC_CLOSED" });
        _telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, ChatId = 71, Count = 1 });
        var failed = (await _client.PostAsync(Letter.Of("fails", 0, 70).Json)).Id;
        var unknown = (await _client.PostAsync(Letter.Of("doubtful", 0, 71).Json)).Id;
        var sent = (await _client.PostAsync(Letter.Of("fine", 0, 72).Json)).Id;
        var later = (await _client.PostAsync(Letter.Of("later", 0, 73, TimeProvider.System.GetUtcNow().AddHours(1)).Json)).Id;
        await _client.UntilAsync(failed, "failed", Bound);
        await _client.UntilAsync(unknown, "unknown", Bound);
        await _client.UntilAsync(sent, "sent", Bound);

        var list = await OutboxAsync(0, "list");
        foreach (var (id, state) in new[] { (failed, "failed"), (unknown, "unknown"), (sent, "sent"), (later, "queued") })
            Assert.Contains(list.Split('\n'), line => line.StartsWith(id, StringComparison.Ordinal) && line.Contains(state));
        Assert.DoesNotContain(sent, await OutboxAsync(0, "list", "--status", "failed,unknown", "--bot", OutboxProxy.NameOf(0)));
        var shown = await OutboxAsync(0, "show", failed);
        Assert.Contains("TOPIC_CLOSED", shown);
        Assert.Contains("fails", shown);

        Assert.Contains("1 message(s) changed", await OutboxAsync(0, "replay", "--status", "failed", "--error-code", "400"));
        await _client.UntilAsync(failed, "sent", Bound);
        Assert.Contains("confirm_resend", await OutboxAsync(1, "replay", "--status", "unknown"));
        Assert.Contains(unknown + " sent", await OutboxAsync(0, "resolve", "sent", unknown));
        Assert.Contains(later + " cancelled", await OutboxAsync(0, "cancel", later));
        Assert.Contains("1 message(s) changed", await OutboxAsync(0, "drop", "--status", "cancelled"));
        Assert.Equal(404, (await _client.GetAsync("/v1/messages/" + later)).Status);
        Assert.Equal(3, _telegram.Sends.Count);
        await OutboxAsync(1, "show", later);
        await OutboxAsync(2, "lsit");
    }

    [Fact]
    public async Task The_command_line_finds_the_api_by_the_configuration_on_a_port_of_its_own_too()
    {
        var port = Ports.Free();
        using var proxy = OutboxProxy.In(_folder, _telegram.Url, apiPort: port);
        await proxy.StartAsync();
        using var api = new OutboxClient(new Uri($"http://127.0.0.1:{port}"));
        var id = (await api.PostAsync(Letter.Of("elsewhere", 0, 80).Json)).Id;
        await api.UntilAsync(id, "sent", Bound);
        var result = await Tool.RunAsync(Bound, "env", "EDGE_API_KEY=" + OutboxProxy.Key, Binary.Path, "--config", proxy.ConfigPath, "outbox", "list");
        Assert.True(result.ExitCode == 0 && result.Output.Contains(id), result.ToString());
        Assert.Equal(404, await proxy.StatusAsync("/v1/messages"));
    }

    private async Task<string> OutboxAsync(int exitCode, params string[] words)
    {
        var result = await Tool.RunAsync(
            Bound, "env", ["EDGE_API_URL=" + _proxy.BaseAddress, "EDGE_API_KEY=" + OutboxProxy.Key, Binary.Path, "outbox", .. words]);
        output.WriteLine($"edgeproxy outbox {string.Join(' ', words)}\n{result.Output}{result.Error}");
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.DoesNotContain(OutboxProxy.Key, result.Output + result.Error);
        return result.Output + result.Error;
    }

    private async Task<(int Status, string State)> StateAsync(string path, params string[] arguments)
    {
        var reply = await _curl.RunAsync(path, arguments);
        return (reply.Status, reply.State);
    }

    private static long Count(OutboxReply broadcast, string state) => broadcast.Body.GetProperty("counts").GetProperty(state).GetInt64();

    private Task WaitAsync(Func<bool> isSo) => WaitAsync(() => Task.FromResult(isSo()));

    private async Task WaitAsync(Func<Task<bool>> isSo)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Bound, $"not within {Bound}\n{_proxy.Log}");
            await Task.Delay(20);
        }
    }
}

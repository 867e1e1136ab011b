using System.Text;
using EdgeProxy.BotApi;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Tests.Simulator;
using BotApiEndpoint = EdgeProxy.BotApi.BotApiEndpoint;

namespace EdgeProxy.Tests.BotApi;

/// <summary>Idempotency-Key at the surface: one send, however often it is asked for.</summary>
public sealed class BotApiKeyTests
{
    private const string Send = "/bot" + BotApiRig.Token + "/sendMessage";
    private const string Call = """{"chat_id":7,"text":"Привет"}""";

    [Fact]
    public async Task A_repeat_gets_the_first_answer()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        (int Status, string Body, bool Replayed) first = await CallAsync(rig, Send, Json(Call), "k1");
        Assert.Equal((200, false), (first.Status, first.Replayed));
        Assert.Equal(first with { Replayed = true }, await CallAsync(rig, Send, Json(Call), "k1"));
        Assert.Equal((409, false), Short(await CallAsync(rig, Send, Json("""{"chat_id":7,"text":"b"}"""), "k1")));
        Assert.Single(rig.Telegram.Sends.Snapshot());
        Assert.Equal((200, false), Short(await CallAsync(rig, Send, Json(Call), "k2")));
        Assert.Equal(2, rig.Telegram.Sends.Snapshot().Length);
    }

    [Fact]
    public async Task Repeats_that_come_together_are_one_send()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Latency, LatencyMs = 200 });
        (int Status, string Body, bool Replayed)[] answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => CallAsync(rig, Send, Json(Call), "k")));
        Assert.Single(answers.Select(answer => (answer.Status, answer.Body)).Distinct());
        Assert.Equal(7, answers.Count(answer => answer.Replayed));
        Assert.Single(rig.Telegram.Sends.Snapshot());
    }

    [Fact]
    public async Task An_upload_is_the_same_call_whatever_its_boundary()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        const string Path = "/bot" + BotApiRig.Token + "/sendDocument";
        (int Status, string Body, bool Replayed) first = await CallAsync(rig, Path, Upload("b1", 3_000_000), "k");
        Assert.Equal((200, false), Short(first));
        Assert.Equal(first with { Replayed = true }, await CallAsync(rig, Path, Upload("b2", 3_000_000), "k"));
        Assert.Equal((409, false), Short(await CallAsync(rig, Path, Upload("b1", 3_000_001), "k")));
        Assert.Single(rig.Telegram.Sends.Snapshot());
        Assert.Equal(0, rig.Spool.Bytes);
    }

    [Fact]
    public async Task A_call_in_doubt_stays_in_doubt()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, Count = 1 });
        Assert.Equal((504, false), Short(await CallAsync(rig, Send, Json(Call), "k")));
        Assert.Equal((504, false), Short(await CallAsync(rig, Send, Json(Call), "k")));
        Assert.Single(rig.Telegram.Sends.Snapshot());
    }

    [Fact]
    public async Task What_Telegram_did_not_take_may_be_asked_again_with_the_same_key()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync(BotApiRig.Wide() with { MaxWaitMs = 100 });
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Flood, Count = 1, RetryAfter = 1 });
        Assert.Equal((429, false), Short(await CallAsync(rig, Send, Json(Call), "k")));
        Assert.True(await TelegramClient.EventuallyAsync(() => CallAsync(rig, Send, Json(Call), "k").GetAwaiter().GetResult().Status == 200));
        Assert.Single(rig.Telegram.Sends.Snapshot());
    }

    [Fact]
    public async Task A_caller_who_leaves_behind_the_first_byte_finds_the_answer_later()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        rig.Telegram.Faults.Add(new FaultRule { Kind = FaultKind.Latency, LatencyMs = 3_000, Count = 1 });
        using var caller = new CancellationTokenSource();
        Task call = CallAsync(rig, Send, Json(Call), "k", caller.Token);
        Assert.True(await TelegramClient.EventuallyAsync(() => rig.Telegram.Stats.ApiCalls == 1));
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((200, true), Short(await CallAsync(rig, Send, Json(Call), "k")));
        Assert.Single(rig.Telegram.Sends.Snapshot());
    }

    [Fact]
    public async Task A_key_must_be_one_and_is_not_looked_at_where_nothing_is_sent()
    {
        await using BotApiRig rig = await BotApiRig.StartAsync();
        Assert.Equal((400, false), Short(await CallAsync(rig, Send, Json(Call), "two words")));
        Assert.Equal((400, false), Short(await CallAsync(rig, Send, Json(Call), new string('k', 201))));
        Assert.Equal(0, rig.Telegram.Stats.ApiCalls);
        Assert.Equal((200, false), Short(await CallAsync(rig, "/bot" + BotApiRig.Token + "/getMe", Json("{}"), "two words")));
    }

    private static (int Status, bool Replayed) Short((int Status, string Body, bool Replayed) answer) => (answer.Status, answer.Replayed);

    private static async Task<(int Status, string Body, bool Replayed)> CallAsync(
        BotApiRig rig, string path, HttpContent content, string key, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, rig.Url + path) { Content = content };
        request.Headers.TryAddWithoutValidation(BotApiEndpoint.KeyHeader, key);
        using HttpResponseMessage response = await rig.Http.SendAsync(request, cancellationToken);
        bool replayed = response.Headers.Contains(KeyedCalls.ReplayedHeader);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), replayed);
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private static ByteArrayContent Upload(string boundary, int bytes)
    {
        var text = new MultipartText(boundary).Field("chat_id", "7").File("document", new byte[bytes]);
        var content = new ByteArrayContent(text.End());
        content.Headers.TryAddWithoutValidation("Content-Type", text.ContentType);
        return content;
    }
}

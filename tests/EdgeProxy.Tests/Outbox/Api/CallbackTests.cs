using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EdgeProxy.Outbox;
using EdgeProxy.Tests.Fanout;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Outbox.Api;

public sealed class CallbackTests
{
    private static readonly byte[] Secret = "s3cret"u8.ToArray();

    [Fact]
    public async Task A_final_state_is_told_and_signed()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        await using Receiver receiver = await Receiver.StartAsync(HttpStatusCode.NoContent);
        await using CallbackLoop loop = Loop(rig);
        string id = await PostedAsync(rig, receiver);
        loop.Start();
        await rig.EndAsync(id, MessageState.Sent);
        await Receiver.UntilAsync(() => Task.FromResult(!receiver.Calls.IsEmpty), "one call");
        (string delivery, string signature, string body) = receiver.Calls.First();
        Assert.NotEqual("", delivery);
        string time = signature.Split(',')[0]["t=".Length..];
        string expected = Convert.ToHexString(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes(time + "." + body))).ToLowerInvariant();
        Assert.Equal($"t={time},v1={expected}", signature);
        using JsonDocument json = JsonDocument.Parse(body);
        Assert.Equal(id, json.RootElement.GetProperty("id").GetString());
        Assert.Equal("sent", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(555, json.RootElement.GetProperty("message_id").GetInt64());
        Assert.Equal("x", json.RootElement.GetProperty("params").GetProperty("text").GetString());
        await Receiver.UntilAsync(async () => (await rig.Store.DueCallbacksAsync(10)).Count == 0, "the row is gone");
        Assert.Single(receiver.Calls);
    }

    [Fact]
    public void The_signature_is_the_one_that_is_documented()
    {
        // printf '1700000000.{"id":"1"}' | openssl dgst -sha256 -hmac s3cret
        string expected = Convert.ToHexString(HMACSHA256.HashData(Secret, "1700000000.{\"id\":\"1\"}"u8)).ToLowerInvariant();
        Assert.Equal("t=1700000000,v1=" + expected, CallbackSigner.Sign(Secret, 1_700_000_000, "{\"id\":\"1\"}"u8));
    }

    [Fact]
    public async Task A_refusal_is_tried_again_at_once_and_then_later_until_it_is_taken()
    {
        var time = new ManualTime();
        await using ApiRig rig = await ApiRig.StartAsync(time: time);
        await rig.OwnAsync();
        await using Receiver receiver = await Receiver.StartAsync(HttpStatusCode.InternalServerError, HttpStatusCode.Redirect, HttpStatusCode.OK);
        await using CallbackLoop loop = Loop(rig, time);
        string id = await PostedAsync(rig, receiver);
        await rig.EndAsync(id, MessageState.Failed, 400, "Bad Request");
        loop.Start();
        await Receiver.UntilAsync(() => Turn(time, 600, () => receiver.Calls.Count == 2), "the second attempt without a wait");
        // Now it waits: 2 s stand between the second and the third.
        await Receiver.UntilAsync(async () => (await rig.Store.DueCallbacksAsync(10)).Count == 0, "it waits");
        Assert.Equal(2, receiver.Calls.Count);
        await Receiver.UntilAsync(() => Turn(time, 600, () => receiver.Calls.Count == 3), "the third attempt");
        Assert.Single(receiver.Calls.Select(call => call.Delivery).Distinct());
        Assert.Equal(0, (await rig.GetAsync("/v1/callbacks/dead")).Json.GetProperty("callbacks").GetArrayLength());
    }

    [Fact]
    public async Task After_too_many_attempts_it_is_dead_and_visible()
    {
        var time = new ManualTime();
        await using ApiRig rig = await ApiRig.StartAsync(time: time);
        await rig.OwnAsync();
        await using Receiver receiver = await Receiver.StartAsync(HttpStatusCode.BadGateway);
        await using CallbackLoop loop = Loop(rig, time, settings => settings with { AttemptsMax = 3 });
        string id = await PostedAsync(rig, receiver);
        await rig.EndAsync(id, MessageState.Sent);
        loop.Start();
        await Receiver.UntilAsync(() => Turn(time, 2_000, () => receiver.Calls.Count >= 3), "three attempts");
        JsonElement dead = default;
        await Receiver.UntilAsync(
            async () =>
            {
                dead = (await rig.GetAsync("/v1/callbacks/dead", "read")).Json.GetProperty("callbacks");
                return dead.GetArrayLength() == 1;
            },
            "it is dead");
        Assert.Equal(id, dead[0].GetProperty("message").GetProperty("id").GetString());
        Assert.Equal(receiver.Url, dead[0].GetProperty("url").GetString());
        Assert.Equal(3, dead[0].GetProperty("failures").GetInt32());
        Assert.Equal(0, (await rig.GetAsync("/v1/callbacks/dead", "other")).Json.GetProperty("callbacks").GetArrayLength());
        for (int turn = 0; turn < 20; turn++) await Turn(time, 60_000, () => true);
        Assert.Equal(3, receiver.Calls.Count);
    }

    [Fact]
    public async Task Age_ends_it_too()
    {
        var time = new ManualTime();
        await using ApiRig rig = await ApiRig.StartAsync(time: time);
        await rig.OwnAsync();
        await using Receiver receiver = await Receiver.StartAsync(HttpStatusCode.BadGateway);
        await using CallbackLoop loop = Loop(rig, time);
        await rig.EndAsync(await PostedAsync(rig, receiver), MessageState.Sent);
        time.Advance(TimeSpan.FromHours(25));
        loop.Start();
        await Receiver.UntilAsync(async () => (await rig.Store.DeadCallbacksAsync([], 10)).Count == 1, "dead at the first attempt");
        Assert.Single(receiver.Calls);
    }

    [Fact]
    public async Task The_dead_ones_of_another_bot_do_not_hide_those_of_a_key()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        foreach (string bot in new[] { "demo", "other", "other" })
        {
            string id = await rig.PostedAsync(7, ""","callback_url":"http://127.0.0.1:1/" """, bot);
            await rig.EndAsync(id, MessageState.Sent);
            await rig.Store.CallbackFailedAsync(Assert.Single(await rig.Store.DueCallbacksAsync(10)).Number, 0, dead: true, "gone");
        }

        JsonElement dead = (await rig.GetAsync("/v1/callbacks/dead?limit=1", "read")).Json.GetProperty("callbacks");
        Assert.Equal("demo", Assert.Single(dead.EnumerateArray()).GetProperty("message").GetProperty("bot").GetString());
    }

    [Fact]
    public async Task A_host_that_hangs_holds_up_only_itself()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        var hang = new TaskCompletionSource();
        await using Receiver slow = await Receiver.StartAsync((_, context) => hang.Task.WaitAsync(context.RequestAborted));
        await using Receiver quick = await Receiver.StartAsync(HttpStatusCode.OK);
        for (int i = 0; i < 20; i++) await rig.EndAsync(await PostedAsync(rig, slow), MessageState.Sent);
        await rig.EndAsync(await PostedAsync(rig, quick), MessageState.Sent);
        await using (CallbackLoop loop = Loop(rig))
        {
            loop.Start();
            await Receiver.UntilAsync(() => Task.FromResult(quick.Calls.Count == 1), "the quick one");
            Assert.InRange(slow.Calls.Count, 0, EdgeProxy.Primitives.Limits.CallbacksPerHostMax);
        }

        // The stop cut them off without counting a failure.
        hang.SetResult();
        IReadOnlyList<CallbackRecord> due = await rig.Store.DueCallbacksAsync(100);
        Assert.Equal(20, due.Count);
        Assert.All(due, callback => Assert.Equal(0, callback.Failures));
    }

    [Fact]
    public async Task A_host_with_many_call_backs_that_does_not_answer_rests()
    {
        const int Crowd = 200;
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        await using Receiver slow = await Receiver.StartAsync((_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        for (int i = 0; i < Crowd; i++) await rig.EndAsync(await PostedAsync(rig, slow), MessageState.Sent);
        await using CallbackLoop loop = Loop(rig, change: settings => settings with { Timeout = TimeSpan.FromMilliseconds(200) });
        loop.Start();
        await Receiver.UntilAsync(async () => (await rig.Store.DueCallbacksAsync(Crowd)).Count == 0, "all are put off");
        // Tried one by one, each would have been tried twice before it had to wait.
        Assert.InRange(slow.Calls.Count, 1, Crowd);
    }

    private static CallbackLoop Loop(ApiRig rig, TimeProvider? time = null, Func<CallbackSettings, CallbackSettings>? change = null)
    {
        // A clock that a test moves by leaps must not time an attempt out while its socket works.
        var settings = new CallbackSettings(Secret) { Timeout = TimeSpan.FromDays(time is null ? 0.001 : 40) };
        return new CallbackLoop(rig.Store, rig.Bots, change?.Invoke(settings) ?? settings, time ?? TimeProvider.System, NullLogger.Instance);
    }

    private static Task<string> PostedAsync(ApiRig rig, Receiver receiver) => rig.PostedAsync(more: $",\"callback_url\":\"{receiver.Url}\"");

    // The clock goes on in small steps while real sockets work.
    private static Task<bool> Turn(ManualTime time, int ms, Func<bool> condition)
    {
        if (condition()) return Task.FromResult(true);
        time.Advance(TimeSpan.FromMilliseconds(ms));
        return Task.FromResult(false);
    }
}

using System.Globalization;
using System.Text;
using EdgeProxy.Configuration;
using EdgeProxy.Lanes;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Telegram;

namespace EdgeProxy.Tests.Sender;

/// <summary>The sender against the simulated Telegram, which counts what it accepted.</summary>
public sealed class LaneSenderTests : IAsyncLifetime
{
    private static readonly SendTerms Bulk = new() { MaxWait = TimeSpan.FromSeconds(30), Priority = LanePriority.Bulk, RaiseWhenHeard = false };
    private static readonly SendTerms Hasty = new() { MaxWait = TimeSpan.FromMilliseconds(50) };
    private SenderRig _rig = null!;

    public async Task InitializeAsync() => _rig = await SenderRig.StartAsync();

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Fact]
    public async Task A_call_goes_out_once_and_its_answer_comes_back()
    {
        SendResult result = await _rig.SendAsync(SenderRig.Message("5", "Їжак"));
        Assert.Equal((SendOutcome.Sent, 1, 0, 0L), (result.Outcome, result.Attempts, result.RetryAfterS, result.MigratedTo));
        Assert.Contains("\"ok\":true", Encoding.UTF8.GetString(result.Reply.Body), StringComparison.Ordinal);
        Assert.Contains(result.Reply.Headers!, header => header.Key == "Content-Type");
        Assert.Equal((1L, "Їжак"), (_rig.Telegram.Sends.Count, _rig.Telegram.Sends.Snapshot()[0].Text));
    }

    [Theory]
    [InlineData(FaultKind.Flood)]
    [InlineData(FaultKind.ServerError)]
    internal async Task What_was_refused_is_sent_again_while_the_caller_waits(FaultKind fault)
    {
        _rig.Fault(fault);
        SendResult result = await _rig.SendAsync(SenderRig.Message("5"));
        Assert.Equal((SendOutcome.Sent, 2, 1L), (result.Outcome, result.Attempts, _rig.Telegram.Sends.Count));
    }

    [Fact]
    public async Task A_flood_longer_than_the_wait_is_returned_as_telegram_said_it()
    {
        _rig.Fault(FaultKind.Flood, null, rule => rule.RetryAfter = 40);
        SendResult result = await _rig.SendAsync(SenderRig.Message("5"));
        Assert.Equal((SendOutcome.RetryAfter, 1, 40, 429), (result.Outcome, result.Attempts, result.RetryAfterS, result.Reply.Status));
    }

    [Fact]
    public async Task A_5xx_longer_than_the_wait_is_returned()
    {
        _rig.Fault(FaultKind.ServerError, null);
        SendResult result = await _rig.SendAsync(SenderRig.Message("5"), Hasty);
        Assert.Equal((SendOutcome.ServerError, 1, 502, 0L), (result.Outcome, result.Attempts, result.Reply.Status, _rig.Telegram.Sends.Count));
    }

    [Theory]
    [InlineData(FaultKind.ResetAfter, 1L)]
    [InlineData(FaultKind.ResetBefore, 0L)]
    internal async Task What_is_in_doubt_is_never_sent_again(FaultKind fault, long accepted)
    {
        Assert.Equal(SendOutcome.Sent, (await _rig.SendAsync(SenderRig.Message("6"))).Outcome);
        _rig.Fault(fault);
        SendResult result = await _rig.SendAsync(SenderRig.Message("5"));
        Assert.Equal((SendOutcome.Unknown, 1, 0), (result.Outcome, result.Attempts, result.Reply.Status));
        Assert.Equal(1 + accepted, _rig.Telegram.Sends.Count);
    }

    [Fact]
    public async Task Under_a_storm_every_text_is_accepted_at_most_once_and_every_doubt_is_told()
    {
        _rig.Fault(FaultKind.ResetAfter, null, rule => rule.Probability = 0.1);
        _rig.Fault(FaultKind.ResetBefore, null, rule => rule.Probability = 0.1);
        _rig.Fault(FaultKind.ServerError, null, rule => rule.Probability = 0.2);
        SendResult[] results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i =>
            _rig.SendAsync(SenderRig.Message((i + 1).ToString(CultureInfo.InvariantCulture), $"t{i}")).AsTask()));
        string[] texts = [.. _rig.Telegram.Sends.Snapshot().Select(send => send.Text)];
        Assert.Equal(texts.Length, texts.Distinct().Count());
        for (int i = 0; i < results.Length; i++)
        {
            bool accepted = texts.Contains($"t{i}");
            // Seldom a call meets only refusals while it may wait: then it was not sent, and says so.
            bool told = results[i].Outcome is SendOutcome.Unknown || results[i].Outcome == (accepted ? SendOutcome.Sent : SendOutcome.ServerError);
            Assert.True(told, $"{i}: {results[i].Outcome}");
        }

        Assert.Contains(results, result => result.Outcome == SendOutcome.Unknown);
    }

    [Fact]
    public async Task A_migrated_group_gets_the_message_under_its_new_id_and_is_remembered()
    {
        _rig.Fault(FaultKind.Migrated, null, rule => (rule.ChatId, rule.MigrateToChatId) = (-50, -1_001_234_567_890));
        SendResult first = await _rig.SendAsync(SenderRig.Message("-50", "a"));
        SendResult second = await _rig.SendAsync(SenderRig.Message("\"-50\"", "b"));
        Assert.Equal((SendOutcome.Sent, 2, -1_001_234_567_890), (first.Outcome, first.Attempts, first.MigratedTo));
        Assert.Equal((SendOutcome.Sent, 1, -1_001_234_567_890), (second.Outcome, second.Attempts, second.MigratedTo));
        Assert.Equal([-1_001_234_567_890, -1_001_234_567_890], _rig.Telegram.Sends.Snapshot().Select(send => send.ChatId));
    }

    [Fact]
    public async Task Migrations_in_a_circle_end()
    {
        _rig.Fault(FaultKind.Migrated, null, rule => (rule.ChatId, rule.MigrateToChatId) = (-50, -60));
        _rig.Fault(FaultKind.Migrated, null, rule => (rule.ChatId, rule.MigrateToChatId) = (-60, -50));
        SendResult result = await _rig.SendAsync(SenderRig.Message("-50"));
        Assert.Equal((SendOutcome.Migrated, 400), (result.Outcome, result.Reply.Status));
        Assert.InRange(result.Attempts, 2, 5);
    }

    [Fact]
    public async Task A_stream_cannot_follow_a_migration()
    {
        const string Body = """{"ok":false,"error_code":400,"description":"m","parameters":{"migrate_to_chat_id":-1001234567890}}""";
        await using RawServer server = new(_ => new($"HTTP/1.1 400 Bad Request\r\nContent-Length: {Body.Length}\r\n\r\n{Body}", RawEnd.Keep));
        await using SenderRig rig = await SenderRig.StartAsync(server.Root);
        OutgoingCall call = new() { Method = ApiMethod.Of("sendDocument"), Body = new OneShotBody(1), Chat = new ChatTarget(-50, null) };
        SendResult result = await rig.SendAsync(call);
        Assert.Equal((SendOutcome.Migrated, 1, 1), (result.Outcome, result.Attempts, server.Requests));
        Assert.Equal(-1_001_234_567_890, rig.Facts.Current(rig.Bot, -50));
    }

    [Fact]
    public async Task A_block_keeps_bulk_away_until_the_chat_is_heard()
    {
        _rig.Fault(FaultKind.Blocked);
        SendResult blocked = await _rig.SendAsync(SenderRig.Message("5"), Bulk);
        SendResult suppressed = await _rig.SendAsync(SenderRig.Message("5"), Bulk);
        Assert.Equal((SendOutcome.Blocked, 403), (blocked.Outcome, blocked.Reply.Status));
        Assert.Equal((SendOutcome.Suppressed, 0, 0L), (suppressed.Outcome, suppressed.Attempts, _rig.Telegram.Sends.Count));

        _rig.Facts.Heard(_rig.Bot, new UpdateEnvelope { Kind = UpdateKind.Message, ChatId = 5, SenderId = 5 });
        Assert.Equal(SendOutcome.Sent, (await _rig.SendAsync(SenderRig.Message("5"), Bulk)).Outcome);
    }

    [Fact]
    public async Task A_reply_that_goes_through_lifts_a_block()
    {
        await _rig.Facts.SuppressAsync(_rig.Bot, 5);
        Assert.Equal(SendOutcome.Sent, (await _rig.SendAsync(SenderRig.Message("5"))).Outcome);
        Assert.False(_rig.Facts.IsSuppressed(_rig.Bot, 5));
    }

    [Fact]
    public async Task Free_methods_wait_out_a_429_and_teach_nothing()
    {
        _rig.Fault(FaultKind.Flood);
        OutgoingCall getMe = new() { Method = ApiMethod.Of("getMe"), Body = new BufferedBody(CallEncoding.None, default, null) };
        SendResult patient = await _rig.SendAsync(getMe);
        Assert.Equal((SendOutcome.Sent, 2), (patient.Outcome, patient.Attempts));

        _rig.Fault(FaultKind.Flood);
        OutgoingCall action = CallScan.Json(ApiMethod.Of("sendChatAction"), """{"chat_id":5,"action":"typing"}"""u8.ToArray());
        SendResult hasty = await _rig.SendAsync(action, Hasty);
        Assert.Equal((SendOutcome.RetryAfter, 429, 1), (hasty.Outcome, hasty.Reply.Status, hasty.RetryAfterS));

        _rig.Fault(FaultKind.Blocked);
        Assert.Equal(SendOutcome.Blocked, (await _rig.SendAsync(action)).Outcome);
        Assert.False(_rig.Facts.IsSuppressed(_rig.Bot, 5));
    }

    [Fact]
    public async Task The_last_word_comes_before_each_attempt()
    {
        int asked = 0;
        SendTerms terms = new() { MaxWait = TimeSpan.FromSeconds(30), BeforeFirstByte = () => ValueTask.FromResult(++asked < 3) };
        _rig.Fault(FaultKind.ServerError);
        Assert.Equal((SendOutcome.Sent, 2), ((await _rig.SendAsync(SenderRig.Message("5"), terms)).Outcome, asked));
        SendResult refused = await _rig.SendAsync(SenderRig.Message("5"), terms);
        Assert.Equal((SendOutcome.Abandoned, 0, 1L), (refused.Outcome, refused.Attempts, _rig.Telegram.Sends.Count));
    }

    [Fact]
    public async Task A_caller_that_is_gone_before_the_first_byte_sends_nothing()
    {
        using CancellationTokenSource gone = new();
        SendTerms terms = new()
        {
            MaxWait = TimeSpan.FromSeconds(30),
            BeforeFirstByte = async () =>
            {
                await gone.CancelAsync();
                return true;
            },
        };
        SendResult result = await _rig.SendAsync(SenderRig.Message("5"), terms, gone.Token);
        SendResult again = await _rig.SendAsync(SenderRig.Message("5"), null, gone.Token);
        Assert.Equal((SendOutcome.Abandoned, 0), (result.Outcome, result.Attempts));
        Assert.Equal((SendOutcome.Abandoned, 0, 0L), (again.Outcome, again.Attempts, _rig.Telegram.Sends.Count));

        // The place was given back: the next one goes.
        Assert.Equal(SendOutcome.Sent, (await _rig.SendAsync(SenderRig.Message("5"))).Outcome);
    }

    [Fact]
    public async Task A_caller_that_goes_after_the_first_byte_leaves_a_doubt()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawServer server = new(_ =>
        {
            arrived.TrySetResult();
            return new(null, RawEnd.Silence);
        });
        await using SenderRig rig = await SenderRig.StartAsync(server.Root);
        using CancellationTokenSource gone = new();
        Task<SendResult> sending = rig.SendAsync(SenderRig.Message("5"), null, gone.Token).AsTask();
        await arrived.Task;
        await gone.CancelAsync();
        SendResult result = await sending;
        Assert.Equal((SendOutcome.Unknown, 1, 1), (result.Outcome, result.Attempts, server.Requests));
    }

    [Fact]
    public async Task A_name_finds_its_lane_once_an_answer_told()
    {
        const string Body = """{"ok":true,"result":{"message_id":1,"chat":{"id":-1001234567890,"username":"SomeChannel"}}}""";
        await using RawServer server = new(_ => new($"HTTP/1.1 200 OK\r\nContent-Length: {Body.Length}\r\n\r\n{Body}", RawEnd.Keep));
        await using SenderRig rig = await SenderRig.StartAsync(server.Root);
        Assert.Equal(SendOutcome.Sent, (await rig.SendAsync(SenderRig.Message("\"@OldName\""))).Outcome);
        Assert.Equal(-1_001_234_567_890, rig.Facts.Resolve(rig.Bot, "@oldname"));
        Assert.Equal(-1_001_234_567_890, rig.Facts.Resolve(rig.Bot, "@somechannel"));
    }

    [Fact]
    public async Task No_server_is_tried_again_and_counts_no_attempt()
    {
        await using SenderRig rig = await SenderRig.StartAsync(new Uri("http://127.0.0.1:1"));
        SendResult result = await rig.SendAsync(SenderRig.Message("5"), new SendTerms { MaxWait = TimeSpan.FromMilliseconds(400) });
        Assert.Equal((SendOutcome.NotSent, 0, true), (result.Outcome, result.Attempts, result.Reply.NotSent));
    }

    [Fact]
    public async Task A_consumers_reply_goes_through_the_lanes()
    {
        ReplyCalls replies = new(_rig.Sender);
        ApiReply reply = await replies.CallAsync(_rig.Bot, "SENDmessage", """{"method":"SENDmessage","chat_id":5,"text":"r"}"""u8.ToArray(), default);
        Assert.True(reply.Ok, reply.Description);
        using CancellationTokenSource gone = new();
        await gone.CancelAsync();
        ApiReply none = await replies.CallAsync(_rig.Bot, "sendMessage", """{"chat_id":5,"text":"r"}"""u8.ToArray(), gone.Token);
        Assert.Equal((0, true, 1L), (none.Status, none.NotSent, _rig.Telegram.Sends.Count));
    }
}

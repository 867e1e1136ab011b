using EdgeProxy.BotApi;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.BotApi;

public sealed class IdempotencyStoreTests
{
    private static readonly IdempotencyHash Hello = Hash("hello");
    private static readonly IdempotencyHash Other = Hash("other");

    private static readonly IdempotencyAnswer Ok = new(
        200, [new("Content-Type", "application/json"), new("X-Odd", "a: b")], "{\"ok\":true,\"result\":{\"message_id\":7}}"u8.ToArray());

    [Fact]
    public async Task A_repeat_gets_the_first_answer_byte_for_byte_even_after_a_restart()
    {
        await using var rig = new ClientTokenRig();
        await SendAsync(rig, "k", Hello, SendOutcome.Sent, Ok);
        for (int life = 0; life < 2; life++)
        {
            IdempotencyBegin begin = await rig.Keys.BeginAsync(rig.Support, "k", Hello);
            Assert.Equal(IdempotencyOutcome.Answered, begin.Outcome);
            Assert.Equal(Ok.Status, begin.Answer!.Status);
            Assert.Equal(Ok.Headers, begin.Answer.Headers);
            Assert.Equal(Ok.Body.ToArray(), begin.Answer.Body.ToArray());
            Assert.Equal(IdempotencyOutcome.Conflict, (await rig.Keys.BeginAsync(rig.Support, "k", Other)).Outcome);
            await rig.ReopenAsync();
        }

        // Keys are the bot's own.
        Assert.Equal(IdempotencyOutcome.Fresh, (await rig.Keys.BeginAsync(rig.News, "k", Hello)).Outcome);
    }

    [Fact]
    public async Task A_crash_while_sending_leaves_a_doubt()
    {
        await using var rig = new ClientTokenRig();
        IdempotencyBegin begin = await rig.Keys.BeginAsync(rig.Support, "k", Hello);
        Assert.True(await rig.Keys.MarkSendingAsync(begin.Ticket!));
        await rig.ReopenAsync();
        for (int i = 0; i < 2; i++) Assert.Equal(IdempotencyOutcome.Doubtful, (await rig.Keys.BeginAsync(rig.Support, "k", Hello)).Outcome);
        Assert.Equal(IdempotencyOutcome.Conflict, (await rig.Keys.BeginAsync(rig.Support, "k", Other)).Outcome);
    }

    [Fact]
    public async Task A_crash_before_the_mark_leaves_nothing()
    {
        await using var rig = new ClientTokenRig();
        await rig.Keys.BeginAsync(rig.Support, "k", Hello);
        await rig.ReopenAsync();
        Assert.Equal(IdempotencyOutcome.Fresh, (await rig.Keys.BeginAsync(rig.Support, "k", Hello)).Outcome);
    }

    [Theory]
    [InlineData(SendOutcome.Unknown, 504, IdempotencyOutcome.Doubtful)]
    [InlineData(SendOutcome.Sent, 200, IdempotencyOutcome.Answered)]
    [InlineData(SendOutcome.Rejected, 400, IdempotencyOutcome.Answered)]
    [InlineData(SendOutcome.Blocked, 403, IdempotencyOutcome.Answered)]
    [InlineData(SendOutcome.Rejected, 401, IdempotencyOutcome.Fresh)]
    [InlineData(SendOutcome.RetryAfter, 429, IdempotencyOutcome.Fresh)]
    [InlineData(SendOutcome.LaneFull, 429, IdempotencyOutcome.Fresh)]
    [InlineData(SendOutcome.NotSent, 502, IdempotencyOutcome.Fresh)]
    [InlineData(SendOutcome.ServerError, 500, IdempotencyOutcome.Fresh)]
    [InlineData(SendOutcome.Abandoned, 0, IdempotencyOutcome.Fresh)]
    [InlineData(SendOutcome.Suppressed, 403, IdempotencyOutcome.Fresh)]
    internal async Task What_a_repeat_finds_depends_on_how_the_first_ended(SendOutcome outcome, int status, IdempotencyOutcome found)
    {
        await using var rig = new ClientTokenRig();
        await SendAsync(rig, "k", Hello, outcome, status == 0 ? null : Ok with { Status = status });
        IdempotencyBegin again = await rig.Keys.BeginAsync(rig.Support, "k", Hello);
        Assert.Equal(found, again.Outcome);
        if (again.Ticket is { } ticket) await rig.Keys.CompleteAsync(ticket, SendOutcome.Abandoned, null);
        await rig.ReopenAsync();
        Assert.Equal(found, (await rig.Keys.BeginAsync(rig.Support, "k", Hello)).Outcome);
    }

    [Fact]
    public async Task Who_comes_while_the_first_is_under_way_waits_for_its_answer()
    {
        await using var rig = new ClientTokenRig();
        IdempotencyBegin first = await rig.Keys.BeginAsync(rig.Support, "k", Hello);
        IdempotencyBegin second = await rig.Keys.BeginAsync(rig.Support, "k", Hello);
        Assert.Equal((IdempotencyOutcome.Fresh, IdempotencyOutcome.InFlight), (first.Outcome, second.Outcome));
        Assert.Equal(IdempotencyOutcome.Conflict, (await rig.Keys.BeginAsync(rig.Support, "k", Other)).Outcome);
        Assert.True(await rig.Keys.MarkSendingAsync(first.Ticket!));
        // A second attempt of the same call after a 429 is marked already.
        Assert.True(await rig.Keys.MarkSendingAsync(first.Ticket!));
        Assert.False(second.First!.IsCompleted);
        await rig.Keys.CompleteAsync(first.Ticket!, SendOutcome.Sent, Ok);
        Assert.Same(Ok, await second.First.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Of_many_at_once_exactly_one_sends()
    {
        await using var rig = new ClientTokenRig();
        int sent = 0;
        IdempotencyAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            IdempotencyBegin begin = await rig.Keys.BeginAsync(rig.Support, "k", Hello);
            if (begin.Answer is not null) return begin.Answer;
            if (begin.First is not null) return (await begin.First.WaitAsync(TimeSpan.FromSeconds(60)))!;
            Assert.True(await rig.Keys.MarkSendingAsync(begin.Ticket!));
            Interlocked.Increment(ref sent);
            await rig.Keys.CompleteAsync(begin.Ticket!, SendOutcome.Sent, Ok);
            return Ok;
        })));
        Assert.Equal(1, sent);
        Assert.All(answers, answer => Assert.Equal(Ok.Body.ToArray(), answer.Body.ToArray()));
    }

    [Fact]
    public async Task Without_the_disk_nothing_may_leave()
    {
        await using var rig = new ClientTokenRig();
        IdempotencyBegin begin = await rig.Keys.BeginAsync(rig.Support, "k", Hello);
        await rig.State.DisposeAsync();
        Assert.False(await rig.Keys.MarkSendingAsync(begin.Ticket!));
        Assert.Equal(IdempotencyOutcome.Unavailable, begin.Ticket!.Refusal);
        await rig.Keys.CompleteAsync(begin.Ticket, SendOutcome.Abandoned, null);
        Assert.Equal(IdempotencyOutcome.Unavailable, (await rig.Keys.BeginAsync(rig.Support, "k", Hello)).Outcome);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_written_leaves_a_doubt_and_not_a_second_send()
    {
        await using var rig = new ClientTokenRig();
        IdempotencyBegin begin = await rig.Keys.BeginAsync(rig.Support, "k", Hello);
        Assert.True(await rig.Keys.MarkSendingAsync(begin.Ticket!));
        IdempotencyStore keys = rig.Keys;
        await rig.State.DisposeAsync();
        await keys.CompleteAsync(begin.Ticket!, SendOutcome.Sent, Ok);
        Assert.Same(Ok, await begin.Ticket!.End);
        await rig.ReopenAsync();
        Assert.Equal(IdempotencyOutcome.Doubtful, (await rig.Keys.BeginAsync(rig.Support, "k", Hello)).Outcome);
    }

    [Fact]
    public async Task Old_keys_are_forgotten_and_swept_in_batches()
    {
        await using var rig = new ClientTokenRig();
        const int Old = Limits.IdempotencySweepRows + 44;
        await Task.WhenAll(Enumerable.Range(0, Old).Select(i => SendAsync(rig, $"old{i}", Hello, SendOutcome.Sent, Ok)));
        rig.Time.Pass(TimeSpan.FromHours(Limits.IdempotencyHours));
        Assert.Equal(IdempotencyOutcome.Answered, (await rig.Keys.BeginAsync(rig.Support, "old1", Hello)).Outcome);
        Assert.Equal(0, await rig.Keys.SweepAsync(default));
        rig.Time.Pass(TimeSpan.FromMilliseconds(1));
        // Used anew before the sweep came: another call, and its row is young.
        await SendAsync(rig, "old0", Other, SendOutcome.Sent, Ok);
        Assert.Equal(Old - 1, await rig.Keys.SweepAsync(default));
        Assert.Equal(IdempotencyOutcome.Fresh, (await rig.Keys.BeginAsync(rig.Support, "old1", Other)).Outcome);
        Assert.Equal(IdempotencyOutcome.Answered, (await rig.Keys.BeginAsync(rig.Support, "old0", Other)).Outcome);
    }

    [Fact]
    public async Task A_large_answer_is_stored_whole()
    {
        await using var rig = new ClientTokenRig();
        byte[] body = new byte[300_000];
        new Random(5).NextBytes(body);
        await SendAsync(rig, "k", Hello, SendOutcome.Sent, Ok with { Body = body });
        await rig.ReopenAsync();
        Assert.Equal(body, (await rig.Keys.BeginAsync(rig.Support, "k", Hello)).Answer!.Body.ToArray());
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("5f0c7a3e-7a52-4d5e-9b52-0a6f3b8f3c11", true)]
    [InlineData("", false)]
    [InlineData("with space", false)]
    [InlineData("tab\t", false)]
    [InlineData("ключ", false)]
    public void Keys_are_visible_characters(string key, bool legal)
    {
        Assert.Equal(legal, IdempotencyRequest.IsKey(key));
        Assert.True(IdempotencyRequest.IsKey(new string('k', Limits.IdempotencyKeyCharsMax)));
        Assert.False(IdempotencyRequest.IsKey(new string('k', Limits.IdempotencyKeyCharsMax + 1)));
    }

    [Fact]
    public void Requests_differ_by_method_environment_encoding_and_every_piece()
    {
        ApiMethod send = ApiMethod.Of("sendMessage");
        var hashes = new List<IdempotencyHash>
        {
            IdempotencyRequest.Of(send, false, CallEncoding.Json, "{}"u8),
            IdempotencyRequest.Of(send, true, CallEncoding.Json, "{}"u8),
            IdempotencyRequest.Of(send, false, CallEncoding.Form, "{}"u8),
            IdempotencyRequest.Of(send, false, CallEncoding.Json, "{ }"u8),
            IdempotencyRequest.Of(ApiMethod.Of("sendPhoto"), false, CallEncoding.Json, "{}"u8),
            Parts(request => request.AddField("ab"u8, "c"u8)),
            Parts(request => request.AddField("a"u8, "bc"u8)),
            Parts(request => request.AddFile("a"u8, "bc"u8, 5)),
            Parts(request => request.AddFile("a"u8, "bc"u8, 6)),
        };
        Assert.Equal(hashes.Count, hashes.Distinct().Count());
        Assert.Equal(hashes[0], IdempotencyRequest.Of(ApiMethod.Of("SENDMESSAGE"), false, CallEncoding.Json, "{}"u8));
    }

    private static IdempotencyHash Parts(Action<IdempotencyRequest> add)
    {
        using var request = new IdempotencyRequest(ApiMethod.Of("sendPhoto"), false);
        add(request);
        return request.Hash();
    }

    private static IdempotencyHash Hash(string text) => IdempotencyHash.Of(System.Text.Encoding.UTF8.GetBytes(text));

    private static async Task SendAsync(ClientTokenRig rig, string key, IdempotencyHash request, SendOutcome outcome, IdempotencyAnswer? answer)
    {
        IdempotencyBegin begin = await rig.Keys.BeginAsync(rig.Support, key, request);
        Assert.Equal(IdempotencyOutcome.Fresh, begin.Outcome);
        Assert.True(await rig.Keys.MarkSendingAsync(begin.Ticket!));
        await rig.Keys.CompleteAsync(begin.Ticket!, outcome, answer);
    }
}

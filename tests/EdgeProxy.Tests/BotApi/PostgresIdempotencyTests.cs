using EdgeProxy.BotApi;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Tests.Postgres;
using EdgeProxy.Tests.Sender;
using EdgeProxy.Tests.Simulator;
using Npgsql;

namespace EdgeProxy.Tests.BotApi;

/// <summary>Two processes, one table of keys. What counts is how often the simulator was sent something.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresIdempotencyTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly IdempotencyHash Hello = IdempotencyHash.Of("hello"u8);
    private static readonly IdempotencyHash Other = IdempotencyHash.Of("other"u8);

    private static readonly IdempotencyAnswer Ok = new(
        200, [new("Content-Type", "application/json"), new("X-Odd", "a: b")], "{\"ok\":true,\"result\":{\"message_id\":7}}"u8.ToArray());

    private FakeTelegram _telegram = null!;
    private string _where = "";
    private StateProcess _a = null!;
    private StateProcess _b = null!;

    public async Task InitializeAsync()
    {
        _telegram = await FakeTelegram.StartAsync(new FakeTelegramOptions { EnforceLimits = false });
        _telegram.AddBot(SenderRig.Token);
        _where = await server.CreateDatabaseAsync();
        _a = await StateProcess.StartAsync(_where, _telegram.Url);
        _b = await StateProcess.StartAsync(_where, _telegram.Url);
    }

    public async Task DisposeAsync()
    {
        if (_a is not null) await _a.DisposeAsync();
        if (_b is not null) await _b.DisposeAsync();
        await _telegram.DisposeAsync();
    }

    [Fact]
    public async Task The_same_call_at_two_processes_at_the_same_moment_is_sent_once_and_answered_alike()
    {
        const int Keys = 30;
        CallReply?[][] replies = await Task.WhenAll(Enumerable.Range(0, Keys).Select(key => Task.WhenAll(Enumerable.Range(0, 6)
            .Select(caller => Task.Run(() => (caller % 2 == 0 ? _a : _b).CallAsync($"k{key}", chat: key + 1))))));
        Assert.Equal(Keys, _telegram.Sends.Count);
        foreach (CallReply?[] ofKey in replies)
        {
            Assert.All(ofKey, reply => Assert.Equal(200, reply!.Status));
            Assert.All(ofKey, reply => Assert.Equal(ofKey[0]!.Body.ToArray(), reply!.Body.ToArray()));
        }

        // Another call with the key is told so by both.
        Assert.Equal(409, (await _a.CallAsync("k0", text: "y"))!.Status);
        Assert.Equal(409, (await _b.CallAsync("k0", text: "y"))!.Status);
        Assert.Equal(Keys, _telegram.Sends.Count);
    }

    [Fact]
    public async Task Who_asks_another_process_while_the_call_is_under_way_waits_for_its_answer()
    {
        IdempotencyBegin first = await _a.Keys.BeginAsync(_a.Bot, "k", Hello);
        Assert.True(await _a.Keys.MarkSendingAsync(first.Ticket!));
        IdempotencyBegin second = await _b.Keys.BeginAsync(_b.Bot, "k", Hello);
        Assert.Equal(IdempotencyOutcome.InFlight, second.Outcome);
        Assert.Equal(IdempotencyOutcome.Conflict, (await _b.Keys.BeginAsync(_b.Bot, "k", Other)).Outcome);
        await _a.Keys.CompleteAsync(first.Ticket!, SendOutcome.Sent, Ok);
        IdempotencyAnswer? answer = await second.First!.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((Ok.Status, Convert.ToHexString(Ok.Body.Span)), (answer!.Status, Convert.ToHexString(answer.Body.Span)));
        Assert.Equal(Ok.Headers, answer.Headers);
        Assert.Equal(IdempotencyOutcome.Answered, (await _b.Keys.BeginAsync(_b.Bot, "k", Hello)).Outcome);
    }

    [Fact]
    public async Task A_call_that_Telegram_did_not_take_frees_its_key_for_the_other_process()
    {
        IdempotencyBegin first = await _a.Keys.BeginAsync(_a.Bot, "k", Hello);
        Assert.True(await _a.Keys.MarkSendingAsync(first.Ticket!));
        IdempotencyBegin second = await _b.Keys.BeginAsync(_b.Bot, "k", Hello);
        await _a.Keys.CompleteAsync(first.Ticket!, SendOutcome.ServerError, Ok with { Status = 502 });
        Assert.Null(await second.First!.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(IdempotencyOutcome.Fresh, (await _b.Keys.BeginAsync(_b.Bot, "k", Hello)).Outcome);
    }

    [Fact]
    public async Task Both_may_begin_and_only_one_may_send()
    {
        IdempotencyBegin first = await _a.Keys.BeginAsync(_a.Bot, "k", Hello);
        IdempotencyBegin second = await _b.Keys.BeginAsync(_b.Bot, "k", Hello);
        bool[] may = await Task.WhenAll(_a.Keys.MarkSendingAsync(first.Ticket!).AsTask(), _b.Keys.MarkSendingAsync(second.Ticket!).AsTask());
        Assert.Equal(1, may.Count(one => one));
        Assert.Equal(IdempotencyOutcome.InFlight, (may[0] ? second : first).Ticket!.Refusal);
        Assert.True(await (may[0] ? _a : _b).Keys.MarkSendingAsync((may[0] ? first : second).Ticket!));
    }

    [Fact]
    public async Task What_a_process_that_died_had_under_way_stays_in_doubt_even_when_it_comes_back_until_it_tells()
    {
        IdempotencyBegin first = await _a.Keys.BeginAsync(_a.Bot, "k", Hello);
        Assert.True(await _a.Keys.MarkSendingAsync(first.Ticket!));
        IdempotencyBegin waiting = await _b.Keys.BeginAsync(_b.Bot, "k", Hello);
        Assert.Equal(IdempotencyOutcome.InFlight, waiting.Outcome);
        await _a.StopBeatingAsync();
        await PostgresServer.ExecuteAsync(_where, $"UPDATE botapi_idempotency_owner SET seen = now() - interval '{Limits.IdempotencyAliveMs} ms'");

        Assert.Null(await waiting.First!.WaitAsync(TimeSpan.FromSeconds(30)));
        for (int i = 0; i < 2; i++) Assert.Equal(IdempotencyOutcome.Doubtful, (await _b.Keys.BeginAsync(_b.Bot, "k", Hello)).Outcome);
        Assert.Equal(504, (await CallWithHashAsync(_b, "k", Hello)).Status);
        Assert.Equal(IdempotencyOutcome.Conflict, (await _b.Keys.BeginAsync(_b.Bot, "k", Other)).Outcome);
        Assert.Equal(0, _telegram.Sends.Count);

        // It was only stopped for a while.
        await _a.Keys.CompleteAsync(first.Ticket!, SendOutcome.Sent, Ok);
        Assert.Equal(IdempotencyOutcome.Answered, (await _b.Keys.BeginAsync(_b.Bot, "k", Hello)).Outcome);
    }

    [Fact]
    public async Task A_call_without_an_answer_is_a_doubt_for_the_other_process_at_once()
    {
        Assert.True(_telegram.Faults.Add(new FaultRule { Kind = FaultKind.ResetAfter, Count = 1 }));
        Assert.Equal(504, (await _a.CallAsync("k"))!.Status);
        Assert.Equal(504, (await _b.CallAsync("k"))!.Status);
        Assert.Equal(504, (await _a.CallAsync("k"))!.Status);
        Assert.Equal(1, _telegram.Sends.Count);
    }

    [Fact]
    public async Task Old_keys_are_forgotten_and_swept_by_one_process_at_a_time()
    {
        const int Old = Limits.IdempotencySweepRows + 44;
        for (int i = 0; i < Old; i++) await SendAsync(_a, $"old{i}", Hello);
        await PostgresServer.ExecuteAsync(_where, $"UPDATE botapi_idempotency SET created = created - interval '{Limits.IdempotencyHours} hours'");
        await SendAsync(_b, "old0", Other);
        await using (NpgsqlDataSource source = NpgsqlDataSource.Create(_where))
        await using (NpgsqlConnection sweeper = await source.OpenConnectionAsync())
        await using (NpgsqlTransaction turn = await sweeper.BeginTransactionAsync())
        {
            await using var take = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({PostgresIdempotency.SweepLock})", sweeper);
            await take.ExecuteScalarAsync();
            Assert.Equal(0, await _b.Keys.SweepAsync(default));
        }

        Assert.Equal(Old - 1, await _b.Keys.SweepAsync(default));
        Assert.Equal(IdempotencyOutcome.Fresh, (await _a.Keys.BeginAsync(_a.Bot, "old1", Other)).Outcome);
        Assert.Equal(IdempotencyOutcome.Answered, (await _a.Keys.BeginAsync(_a.Bot, "old0", Other)).Outcome);
    }

    [Fact]
    public async Task Without_the_server_nothing_leaves_and_after_it_is_back_everything_goes_on()
    {
        IdempotencyBegin begun = await _a.Keys.BeginAsync(_a.Bot, "begun", Hello);
        IdempotencyBegin marked = await _a.Keys.BeginAsync(_a.Bot, "marked", Hello);
        Assert.True(await _a.Keys.MarkSendingAsync(marked.Ticket!));
        server.Crash();
        try
        {
            Assert.Equal(503, (await _a.CallAsync("k"))!.Status);
            Assert.False(await _a.Keys.MarkSendingAsync(begun.Ticket!));
            Assert.Equal(IdempotencyOutcome.Unavailable, begun.Ticket!.Refusal);
            await _a.Keys.CompleteAsync(begun.Ticket, SendOutcome.Abandoned, null);

            // The first caller has its answer; whether its repeat gets it or is told of a doubt, it is not sent again.
            await _a.Keys.CompleteAsync(marked.Ticket!, SendOutcome.Sent, Ok);
            Assert.Same(Ok, await marked.Ticket!.End);
            Assert.Equal(IdempotencyOutcome.Unavailable, (await _b.Keys.BeginAsync(_b.Bot, "marked", Hello)).Outcome);
            Assert.Equal(0, _telegram.Sends.Count);
        }
        finally
        {
            server.Launch();
        }

        Assert.Equal(200, (await _a.CallAsync("k"))!.Status);
        Assert.Equal(200, (await _b.CallAsync("k"))!.Status);
        Assert.Equal(1, _telegram.Sends.Count);
        IdempotencyBegin found = default;
        for (int i = 0; i < 300 && found.Outcome != IdempotencyOutcome.Answered; i++)
        {
            found = await _b.Keys.BeginAsync(_b.Bot, "marked", Hello);
            Assert.NotEqual(IdempotencyOutcome.Fresh, found.Outcome);
            if (found.First is { } first) await first.WaitAsync(TimeSpan.FromSeconds(30));
            await Task.Delay(20);
        }

        Assert.Equal(IdempotencyOutcome.Answered, found.Outcome);
        Assert.Equal(IdempotencyOutcome.Fresh, (await _b.Keys.BeginAsync(_b.Bot, "begun", Hello)).Outcome);
    }

    [Fact]
    public async Task A_server_that_hangs_costs_a_refusal_and_no_key()
    {
        IdempotencyBegin begun = await _a.Keys.BeginAsync(_a.Bot, "k", Hello);
        await using (NpgsqlDataSource source = NpgsqlDataSource.Create(_where))
        await using (NpgsqlConnection other = await source.OpenConnectionAsync())
        await using (NpgsqlTransaction held = await other.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand("LOCK TABLE botapi_idempotency IN ACCESS EXCLUSIVE MODE", other);
            await hold.ExecuteNonQueryAsync();
            Assert.False(await _a.Keys.MarkSendingAsync(begun.Ticket!));
        }

        await _a.Keys.CompleteAsync(begun.Ticket!, SendOutcome.Abandoned, null);
        Assert.Equal(200, (await CallWithHashAsync(_b, "k", Hello)).Status);
        Assert.Equal(1, _telegram.Sends.Count);
    }

    private static async Task SendAsync(StateProcess process, string key, IdempotencyHash request)
    {
        IdempotencyBegin begin = await process.Keys.BeginAsync(process.Bot, key, request);
        Assert.Equal(IdempotencyOutcome.Fresh, begin.Outcome);
        Assert.True(await process.Keys.MarkSendingAsync(begin.Ticket!));
        await process.Keys.CompleteAsync(begin.Ticket!, SendOutcome.Sent, Ok);
    }

    private static async Task<CallReply> CallWithHashAsync(StateProcess process, string key, IdempotencyHash request)
    {
        var call = SenderRig.Message("7");
        var who = new CallAdmission(process.Bot, call.Method, false, LanePriority.Normal, null, key);
        return (await process.Calls.SendAsync(who, call, request, SenderRig.Patient, default))!;
    }
}

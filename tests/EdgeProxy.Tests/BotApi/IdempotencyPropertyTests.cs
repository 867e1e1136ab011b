using EdgeProxy.BotApi;
using EdgeProxy.Lanes;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.BotApi;

/// <summary>
/// Random lives of a few keys against a model of a few lines: calls, their ends, crashes and time. A failure's message holds the seed. What it
/// watches over: a call that Telegram took, or may have taken, is never let through again within its hours.
/// </summary>
public sealed class IdempotencyPropertyTests(ITestOutputHelper output)
{
    private const int Lives = 12;
    private const int StepsPerLife = 60;
    private const int Keys = 3;
    private const int Requests = 2;

    private static readonly SendOutcome[] Ends =
    [
        SendOutcome.Sent, SendOutcome.Sent, SendOutcome.Rejected, SendOutcome.Unknown, SendOutcome.NotSent, SendOutcome.RetryAfter,
        SendOutcome.ServerError, SendOutcome.Abandoned,
    ];

    [Fact]
    public async Task What_a_key_is_found_as_follows_from_what_became_of_it()
    {
        int first = Random.Shared.Next(int.MaxValue - Lives);
        output.WriteLine($"seeds from {first}");
        for (int seed = first; seed < first + Lives; seed++) await LiveAsync(seed);
    }

    private static async Task LiveAsync(int seed)
    {
        var random = new Random(seed);
        await using var rig = new ClientTokenRig();
        var model = new Dictionary<int, Known>();
        for (int step = 0; step < StepsPerLife; step++)
        {
            int key = random.Next(Keys);
            int request = random.Next(Requests);
            Known known = model.GetValueOrDefault(key);
            bool old = known.At is { } at && rig.Time.GetUtcNow() - at > TimeSpan.FromHours(24);
            IdempotencyOutcome expected = known.At is null || old ? IdempotencyOutcome.Fresh
                : known.Request != request ? IdempotencyOutcome.Conflict
                : known.Answered ? IdempotencyOutcome.Answered : IdempotencyOutcome.Doubtful;
            IdempotencyBegin begin = await rig.Keys.BeginAsync(rig.Support, $"key{key}", IdempotencyHash.Of([(byte)request]));
            Assert.True(expected == begin.Outcome, $"seed {seed}, step {step}, key {key}: {begin.Outcome} instead of {expected}");
            if (begin.Answer is { } answer) Assert.Equal(known.Status, answer.Status);
            if (begin.Ticket is { } ticket) model[key] = await SendAsync(rig, random, ticket, request, old ? known : default);
            if (random.Next(6) == 0) rig.Time.Pass(TimeSpan.FromHours(random.Next(1, 15)));
            if (random.Next(8) == 0) await rig.Keys.SweepAsync(default);
            if (random.Next(10) == 0) await rig.ReopenAsync();
        }
    }

    /// <summary>One call, to its end or to a crash. What is known of its key after that.</summary>
    private static async Task<Known> SendAsync(ClientTokenRig rig, Random random, IdempotencyTicket ticket, int request, Known before)
    {
        if (random.Next(8) == 0)
        {
            await rig.ReopenAsync();
            return before;
        }

        DateTimeOffset now = rig.Time.GetUtcNow();
        Assert.True(await rig.Keys.MarkSendingAsync(ticket));
        var open = new Known(request, now, false, 0);
        if (random.Next(6) == 0)
        {
            await rig.ReopenAsync();
            return open;
        }

        SendOutcome end = Ends[random.Next(Ends.Length)];
        int status = random.Next(200, 210);
        await rig.Keys.CompleteAsync(ticket, end, new IdempotencyAnswer(status, [], default));
        return end switch
        {
            SendOutcome.Sent or SendOutcome.Rejected => open with { Answered = true, Status = status },
            SendOutcome.Unknown => open,
            _ => default,
        };
    }

    private readonly record struct Known(int Request, DateTimeOffset? At, bool Answered, int Status);
}

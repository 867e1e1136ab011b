using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Postgres;
using EdgeProxy.Tests.Postgres;
using EdgeProxy.Tests.Sender;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.BotApi;

/// <summary>
/// Random lives of a few keys at three processes that share them: calls, their ends and crashes, against a model. A failure's message holds the seed.
/// What it watches over: a call that Telegram took, or may have taken, is never let through again, by whomever.
/// </summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresKeyPropertyTests(PostgresServer server, ITestOutputHelper output)
{
    private const int Lives = 4;
    private const int Steps = 120;
    private const int Processes = 3;
    private const int Keys = 3;

    private static readonly SendOutcome[] Ends =
        [SendOutcome.Sent, SendOutcome.Sent, SendOutcome.Rejected, SendOutcome.Unknown, SendOutcome.NotSent, SendOutcome.ServerError];

    private readonly Bot _bot = SenderRig.MakeBot("one", SenderRig.Token);

    // Of each key: who marked it, with which request, and how it ended. None while nobody did.
    private readonly Dictionary<int, Known> _model = [];
    private readonly List<Open> _open = [];
    private readonly Process[] _processes = new Process[Processes];
    private PostgresDatabase _database = null!;
    private string _where = "";

    private enum Fate
    {
        Underway,
        Doubt,
        Answered,
    }

    [Fact]
    public async Task What_a_key_is_found_as_follows_from_what_became_of_it_at_any_process()
    {
        int first = Random.Shared.Next(int.MaxValue - Lives);
        output.WriteLine($"seeds from {first}");
        for (int seed = first; seed < first + Lives; seed++) await LiveAsync(seed);
    }

    private async Task LiveAsync(int seed)
    {
        var random = new Random(seed);
        _model.Clear();
        _open.Clear();
        _where = await server.CreateDatabaseAsync();
        _database = await PostgresDatabase.OpenAsync(_where, StateProcess.Schema, TimeProvider.System, NullLogger.Instance);
        for (int i = 0; i < Processes; i++) _processes[i] = await Process.StartAsync(_database);
        for (int step = 0; step < Steps; step++)
        {
            string where = $"seed {seed}, step {step}";
            int what = random.Next(10);
            if (what < 5) await BeginAsync(random, where);
            else if (what < 9 && _open.Count > 0) await GoOnAsync(random, where);
            else if (what == 9) await CrashAsync(random.Next(Processes));
        }

        foreach (Process process in _processes) await process.EndAsync();
        await _database.DisposeAsync();
    }

    private async Task BeginAsync(Random random, string where)
    {
        (int at, int key, int request) = (random.Next(Processes), random.Next(Keys), random.Next(4) == 0 ? 1 : 0);
        Process process = _processes[at];
        IdempotencyBegin begin = await process.Keys.BeginAsync(_bot, $"k{key}", IdempotencyHash.Of([(byte)request]));
        IdempotencyOutcome expected;
        if (_open.Find(open => open.Process == process && open.Key == key) is { } here)
        {
            expected = here.Request == request ? IdempotencyOutcome.InFlight : IdempotencyOutcome.Conflict;
        }
        else if (!_model.TryGetValue(key, out Known known))
        {
            expected = IdempotencyOutcome.Fresh;
        }
        else
        {
            expected = known.Request != request ? IdempotencyOutcome.Conflict
                : known.Fate == Fate.Answered ? IdempotencyOutcome.Answered
                : known.Fate == Fate.Underway ? IdempotencyOutcome.InFlight : IdempotencyOutcome.Doubtful;
        }

        // Who follows another process' call holds the key here until that has ended.
        bool follows = begin.Outcome is IdempotencyOutcome.InFlight or IdempotencyOutcome.Conflict && process.Followed.Contains(key);
        Assert.True(expected == begin.Outcome || follows, $"{where}, key {key} at {at}: {begin.Outcome} instead of {expected}");
        if (begin.Outcome == IdempotencyOutcome.InFlight) process.Followed.Add(key);
        if (begin.Ticket is { } ticket) _open.Add(new Open(process, key, request, ticket));
    }

    private async Task GoOnAsync(Random random, string where)
    {
        Open open = _open[random.Next(_open.Count)];
        if (!open.Ticket.IsMarked)
        {
            bool free = !_model.ContainsKey(open.Key);
            Assert.True(free == await open.Process.Keys.MarkSendingAsync(open.Ticket), $"{where}, key {open.Key}: marked although it is taken");
            if (free) _model[open.Key] = new Known(open.Request, Fate.Underway);
            if (free && random.Next(2) == 0) return;
            if (!free)
            {
                Assert.Equal(IdempotencyOutcome.InFlight, open.Ticket.Refusal);
                await EndAsync(open, SendOutcome.Abandoned);
                return;
            }
        }

        SendOutcome end = Ends[random.Next(Ends.Length)];
        await EndAsync(open, end);
        if (end is SendOutcome.Sent or SendOutcome.Rejected) _model[open.Key] = _model[open.Key] with { Fate = Fate.Answered };
        else if (end == SendOutcome.Unknown) _model[open.Key] = _model[open.Key] with { Fate = Fate.Doubt };
        else _model.Remove(open.Key);
    }

    private async Task EndAsync(Open open, SendOutcome outcome)
    {
        _open.Remove(open);
        await open.Process.Keys.CompleteAsync(open.Ticket, outcome, new IdempotencyAnswer(200, [], default));
    }

    private async Task CrashAsync(int at)
    {
        Process dead = _processes[at];
        await dead.EndAsync();
        await PostgresServer.ExecuteAsync(_where, $"UPDATE botapi_idempotency_owner SET seen = now() - interval '1 hour' WHERE owner = {dead.Table.Owner}");
        foreach (Open open in _open.Where(open => open.Process == dead && open.Ticket.IsMarked))
        {
            _model[open.Key] = _model[open.Key] with { Fate = Fate.Doubt };
        }

        _open.RemoveAll(open => open.Process == dead);
        _processes[at] = await Process.StartAsync(_database);
    }

    private readonly record struct Known(int Request, Fate Fate);

    private sealed record Open(Process Process, int Key, int Request, IdempotencyTicket Ticket);

    private sealed class Process(PostgresIdempotency table)
    {
        public PostgresIdempotency Table => table;
        public IdempotencyStore Keys { get; } = new(table, TimeProvider.System, NullLogger.Instance);
        public HashSet<int> Followed { get; } = [];

        public static async Task<Process> StartAsync(PostgresDatabase database)
        {
            var process = new Process(new PostgresIdempotency(database, TimeProvider.System));
            await process.Table.StartAsync();
            return process;
        }

        public async Task EndAsync()
        {
            await Keys.DisposeAsync();
            await table.DisposeAsync();
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Redis;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Redis;
using EdgeProxy.Tests.Sender;
using EdgeProxy.Tests.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Lanes;

/// <summary>Senders that share one bot as processes of a cluster do, each with a way to Redis of its own, and a Telegram that is strict.</summary>
internal sealed class BudgetRig : IAsyncDisposable
{
    public const string Name = "budget";
    private static int _bots = 2_000_000;
    private readonly List<Process> _processes = [];
    private readonly MeterListener _listener = new();
    private readonly string _token;
    private readonly ConcurrentDictionary<string, long> _answers = new();

    private BudgetRig(FakeTelegram telegram, string token, LaneSettings settings)
    {
        (Telegram, _token, Settings) = (telegram, token, settings);
        Bot = SenderRig.MakeBot("b" + token[..7], token, new Uri(telegram.Url));
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "edgeproxy_budget_reservations_total") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            Dictionary<string, object?> words = new(tags.ToArray());
            if ((string?)words["bot"] == Bot.Name) _answers.AddOrUpdate((string)words["outcome"]!, 1, static (_, count) => count + 1);
        });
        _listener.Start();
    }

    public FakeTelegram Telegram { get; }
    public LaneSettings Settings { get; }
    public Bot Bot { get; }
    public IReadOnlyList<LaneSender> Senders => [.. _processes.Select(process => process.Sender)];
    public IEnumerable<RedisBudget> Budgets => _processes.Select(process => process.Budget!);

    /// <summary>Scripts that asked for a turn.</summary>
    public long Asked => _answers.Values.Sum();

    /// <summary>Their answers.</summary>
    public string Answers => string.Join(' ', _answers.OrderBy(answer => answer.Key).Select(answer => $"{answer.Key}={answer.Value}"));

    public static async Task<BudgetRig> StartAsync(string redis, LaneSettings? settings = null, int processes = 3, bool paid = false)
    {
        var options = new FakeTelegramOptions();
        string token = $"{Interlocked.Increment(ref _bots)}:AAEdgeProxyTestTokenForSimulator000";
        var telegram = await FakeTelegram.StartAsync(options);
        telegram.AddBot(token, paid);
        var rig = new BudgetRig(telegram, token, settings ?? new LaneSettings());
        for (int process = 0; process < processes; process++)
        {
            // The last one's clocks are hours off.
            TimeProvider time = process == processes - 1 ? new SkewedTime(TimeSpan.FromHours(7)) : TimeProvider.System;
            rig._processes.Add(new Process(rig, redis, processes, time));
        }

        return rig;
    }

    public async Task<SendResult> SendAsync(
        int process, long chat, LanePriority priority = LanePriority.Normal, int waitMs = 120_000, bool paid = false,
        CancellationToken cancellationToken = default)
    {
        string body = $$"""{"chat_id":{{chat}},"text":"{{priority}}","allow_paid_broadcast":{{(paid ? "true" : "false")}}}""";
        OutgoingCall call = CallScan.Json(ApiMethod.Of("sendMessage"), Encoding.UTF8.GetBytes(body));
        var terms = new SendTerms { MaxWait = TimeSpan.FromMilliseconds(waitMs), Priority = priority, RaiseWhenHeard = false };
        return await _processes[process].Sender.SendAsync(Bot, call, terms, cancellationToken);
    }

    /// <summary>A field of what Redis keeps of the bot ("rate") or a chat ("c5"); null when it keeps nothing.</summary>
    public async Task<string?> FieldAsync(string key, string field)
    {
        string script = $"local x = redis.call('GET', KEYS[1]) return x and string.format('%.0f', cmsgpack.unpack(x).{field})";
        (RedisOutcome outcome, string text) = await RedisRig.AskAsync(_processes[0].Redis, "EVAL", script, "1", $"{{{Name}:b{Bot.Id}}}:{key}");
        return outcome == RedisOutcome.Ok && text != "_" ? text : null;
    }

    /// <summary>
    /// The part of the bot's legal rate that was used between two sends, by the simulator's record. The first tenth is left out: there the budget is
    /// empty and everything is done for the first time.
    /// </summary>
    public double Utilisation(int sends)
    {
        SendRecord[] records = Telegram.Sends.Snapshot();
        int first = sends / 10;
        double seconds = (records[sends - 1].AtUnixMs - records[first].AtUnixMs) / 1000.0;
        return (sends - 1 - first) / (Settings.PerSecond * seconds);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in _processes) await process.DisposeAsync();
        _listener.Dispose();
        await Telegram.DisposeAsync();
    }

    private sealed class Process : IAsyncDisposable
    {
        private readonly TempFolder _folder = new();
        private readonly BotApiClient _client = new();
        private readonly StateFile _state;

        public Process(BudgetRig rig, string redis, int processes, TimeProvider time)
        {
            Redis = RedisRig.Client(redis);
            _state = StateFile.Open(_folder.File("state.db"), ChatFacts.Migrations, TimeProvider.System, NullLogger.Instance);
            Sender = new LaneSender(
                new BotRegistry([rig.Bot]), _ => rig.Settings, _client, new ChatFacts(_state, time, NullLogger.Instance), time, NullLoggerFactory.Instance,
                (bot, settings) => Budget = new RedisBudget(Redis, Name, bot, settings, () => processes, NullLogger.Instance));
        }

        public RedisClient Redis { get; }
        public LaneSender Sender { get; }
        public RedisBudget? Budget { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await Sender.DisposeAsync();
            await Redis.DisposeAsync();
            _client.Dispose();
            await _state.DisposeAsync();
            _folder.Dispose();
        }
    }

    private sealed class SkewedTime(TimeSpan skew) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + skew;

        public override long GetTimestamp() => Stopwatch.GetTimestamp() + ((long)skew.TotalSeconds * Stopwatch.Frequency);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Fanout;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Fanout;

/// <summary>A host over a real state file, a journal in memory and real consumers, on a clock that the test moves.</summary>
internal sealed class Rig : IAsyncDisposable
{
    /// <summary>A bound for what certainly comes; busy machines take their time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-fanout-").FullName;
    private readonly List<Consumer> _consumers = [];
    private StateFile? _state;
    private string _stateFolder;
    private int _copies;

    public Rig()
    {
        _stateFolder = _folder;
        BotToken.TryParse("42:secret", out BotToken? token);
        Bot = new Bot { Name = "shop", Token = token!, ApiRoot = new Uri("http://127.0.0.1:1") };
    }

    public ManualTime Time { get; } = new();
    public MemoryJournal Journal { get; } = new();
    public Bot Bot { get; }
    public FanoutHost? Host { get; private set; }
    public StateFile State => _state!;
    public ConcurrentQueue<string> Methods { get; } = new();
    public int CutMethods { get; private set; }
    public Func<string, Task> OnMethod { get; set; } = static _ => Task.CompletedTask;

    public async Task<Consumer> ConsumerAsync()
    {
        Consumer consumer = await Consumer.StartAsync(Time);
        _consumers.Add(consumer);
        return consumer;
    }

    public Subscription Subscription(
        Uri url, string name = "main", int inFlight = 8, UpdateFilter? filter = null, string? secret = null, double timeoutS = 60) => new()
        {
            Id = "shop/" + name,
            Bot = Bot,
            Url = url,
            MaxInFlight = inFlight,
            Filter = filter ?? UpdateFilter.All,
            Secret = secret,
            Timeout = TimeSpan.FromSeconds(timeoutS),
        };

    public void Start(params Subscription[] subscriptions)
    {
        _state = StateFile.Open(Path.Combine(_stateFolder, "state.db"), FanoutHost.Migrations, TimeProvider.System, NullLogger.Instance);
        Host = new FanoutHost(Journal, _state, subscriptions, ExecuteAsync, Time, NullLoggerFactory.Instance);
        Host.StartAsync().GetAwaiter().GetResult();
    }

    public async Task StopAsync()
    {
        if (Host is not null) await Host.StopAsync();
        if (_state is not null) await _state.DisposeAsync();
        Host = null;
    }

    /// <summary>
    /// The state as a kill -9 would leave it now: the next Start uses a copy of the files, whatever the old host still writes.
    /// </summary>
    public async Task KillAsync()
    {
        string copy = Path.Combine(_folder, "killed" + ++_copies);
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(_stateFolder, "state.db*"))
        {
            if (!file.EndsWith(".lock", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            }
        }

        await StopAsync();
        _stateFolder = copy;
    }

    public long Put(long chat, string text, UpdateKind kind = UpdateKind.Message, ChatType chatType = ChatType.Private, long botId = 42)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        int slash = text.StartsWith('/') ? text.Split(' ')[0].Length : 0;
        var key = new QueueKey(QueueScope.Chat, kind == UpdateKind.Message ? UpdateKind.Unknown : kind, chat);
        var envelope = new UpdateEnvelope
        {
            UpdateId = chat,
            Kind = kind,
            ChatType = chatType,
            Key = key,
            ChatId = chat,
            CommandLength = slash
        };
        return Journal.Append(botId, envelope, body, Time.UnixMs);
    }

    public SubscriptionSnapshot Shot(string name = "main") => Host!.Snapshot().Single(one => one.Id == "shop/" + name);

    /// <summary>Polls until it holds; fails the test after a generous bound.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "did not happen: " + what);
            await Task.Delay(2);
        }
    }

    /// <summary>Moves the clock in small steps, each with a little real time for the sockets, until it holds.</summary>
    public async Task Pass(Func<bool> condition, string what, double stepMs = 100)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "did not happen: " + what);
            Time.Advance(TimeSpan.FromMilliseconds(stepMs));
            await Task.Delay(3);
        }
    }

    /// <summary>Lets flushes happen until the journal is released up to its end: everything is finished and stored.</summary>
    public Task Drained() => Pass(() => Journal.Released == Journal.Snapshot().Tail, "everything finished and flushed");

    public async ValueTask DisposeAsync()
    {
        foreach (Consumer consumer in _consumers) await consumer.DisposeAsync();
        await StopAsync();
        Directory.Delete(_folder, true);
    }

    private async ValueTask<ApiReply> ExecuteAsync(Bot bot, string method, ReadOnlyMemory<byte> json, CancellationToken ct)
    {
        Methods.Enqueue(method + " " + Encoding.UTF8.GetString(json.Span));
        await OnMethod(method);
        if (ct.IsCancellationRequested) CutMethods++;
        return new ApiReply(200, [], true, 0, null);
    }
}

using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Outbox;
using EdgeProxy.Simulator.Telegram;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Postgres;
using EdgeProxy.Tests.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>Several processes of a cluster, each with everything but the process: they share a database and a fake Telegram.</summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _where;
    private readonly int _leaseMs;

    private ClusterRig(FakeTelegram telegram, string where, int leaseMs, IReadOnlyList<string> tokens)
    {
        (Telegram, _where, _leaseMs) = (telegram, where, leaseMs);
        List<Bot> bots = [];
        foreach (string text in tokens)
        {
            Assert.True(BotToken.TryParse(text, out BotToken? token));
            bots.Add(new Bot { Name = $"bot{token.BotId}", Token = token, ApiRoot = new Uri(telegram.Url) });
        }

        Bots = new BotRegistry(bots);
        Directory.CreateDirectory(_folder.File("uploads"));
    }

    public BotRegistry Bots { get; }
    public FakeTelegram Telegram { get; }
    public string Where => _where;
    public List<ClusterProcess> Processes { get; } = [];
    public IEnumerable<SendRecord> Sends => Telegram.Sends.Snapshot();

    public static async Task<ClusterRig> StartAsync(PostgresServer server, int bots, int leaseMs = 10_000)
    {
        FakeTelegramOptions options = new() { EnforceLimits = false };
        List<string> tokens = [.. Enumerable.Range(41, bots).Select(id => $"{id}:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")];
        foreach (string token in tokens) options.Tokens.Add(token);
        return new ClusterRig(await FakeTelegram.StartAsync(options), await server.CreateDatabaseAsync(), leaseMs, tokens);
    }

    /// <summary>One more process; it sends once its host is started.</summary>
    public async Task<ClusterProcess> AddAsync()
    {
        StateFile state = StateFile.Open(_folder.File($"state{Processes.Count}.db"), ChatFacts.Migrations, TimeProvider.System, NullLogger.Instance);
        var process = await ClusterProcess.StartAsync(Bots, _where, new OutboxSettings(_folder.File("uploads")), _leaseMs, state);
        Processes.Add(process);
        return process;
    }

    public NewMessage Message(int bot, long chat, string text, string? key = null) => new()
    {
        Bot = Bots.All[bot],
        Method = "sendMessage",
        Parameters = Encoding.UTF8.GetBytes($"{{\"chat_id\":{chat},\"text\":\"{text}\"}}"),
        Chat = new ChatTarget(chat, null),
        IdempotencyKey = key,
        RequestHash = key is null ? default : Encoding.UTF8.GetBytes(text.PadRight(32)),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (ClusterProcess process in Processes) await process.DisposeAsync();
        await Telegram.DisposeAsync();
        _folder.Dispose();
    }
}

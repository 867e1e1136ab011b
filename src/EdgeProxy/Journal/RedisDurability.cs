using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Journal;

/// <summary>
/// Asks the masters, from time to time, what they promise: an acknowledged update is as durable as their settings make it. A connection of its own
/// each time, because a cluster's client does not let one choose the node.
/// </summary>
internal sealed partial class RedisDurability : IAsyncDisposable
{
    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private string? _warning;

    public RedisDurability(RedisOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options with { InlineContinuations = false, PendingMax = 8, IsCluster = false, CommandMs = Limits.RedisDurabilityAskMs };
        (_time, _loggers) = (time, loggers);
        _logger = loggers.CreateLogger("EdgeProxy.Journal");
        Seeds = options.Endpoints;
        IsCluster = options.IsCluster;
    }

    /// <summary>What acknowledged updates the servers may lose, in a sentence for the operator; null: none, or not known yet.</summary>
    public string? Warning => Volatile.Read(ref _warning);

    private IReadOnlyList<RedisEndpoint> Seeds { get; }

    private bool IsCluster { get; }

    public void Start() => _running = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Asks now. Servers that do not answer are left out: that they are away is told elsewhere.</summary>
    public async Task<string?> AskAsync()
    {
        var warnings = new List<string>();
        foreach (RedisEndpoint endpoint in await MastersAsync().ConfigureAwait(false))
        {
            if (_stop.IsCancellationRequested) break;
            await using RedisClient client = ClientOf(endpoint);
            (RedisOutcome outcome, string info) = await TextAsync(client, client.Rent("INFO"u8)).ConfigureAwait(false);
            if (outcome is not (RedisOutcome.Ok or RedisOutcome.ServerError)) continue;
            using RedisCommand config = client.Rent("CONFIG"u8).Add("GET"u8).Add("appendfsync"u8);
            RedisOutcome asked = await client.SendAsync(config).ConfigureAwait(false);
            if (asked is not (RedisOutcome.Ok or RedisOutcome.ServerError)) continue;
            string? fsync = asked == RedisOutcome.Ok ? ReadSetting(config.Reply) : null;
            if (RedisPromise.Doubts(outcome == RedisOutcome.Ok ? info : null, fsync) is { } doubts) warnings.Add($"Redis {endpoint}: {doubts}");
        }

        return warnings.Count == 0 ? null : string.Join(" ", warnings);
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            string? before = _warning;
            string? now = await AskAsync().ConfigureAwait(false);
            Volatile.Write(ref _warning, now);
            if (now is not null && now != before) LogWeak(_logger, now);
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.RedisDurabilityMs), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<RedisEndpoint>> MastersAsync()
    {
        if (!IsCluster) return Seeds;
        foreach (RedisEndpoint seed in Seeds)
        {
            await using RedisClient client = ClientOf(seed);
            using RedisCommand command = client.Rent("CLUSTER"u8).Add("SLOTS"u8);
            if (await client.SendAsync(command).ConfigureAwait(false) == RedisOutcome.Ok) return ReadMasters(command.Reply, seed);
        }

        return [];
    }

    /// <summary>[[first, last, [host, port, …], replica…], …]: the first node of a range is its master.</summary>
    private static List<RedisEndpoint> ReadMasters(RespReader reply, RedisEndpoint asked)
    {
        var masters = new List<RedisEndpoint>();
        if (!reply.TryReadAggregate(out int ranges)) return masters;
        for (int range = 0; range < ranges; range++)
        {
            if (!reply.TryReadAggregate(out int parts) || parts < 3 || !reply.TryReadInteger(out _) || !reply.TryReadInteger(out _)) break;
            if (!reply.TryReadAggregate(out int facts) || facts < 2 || !reply.Read()) break;
            string host = Encoding.ASCII.GetString(reply.Text);
            if (!reply.TryReadInteger(out long port)) break;
            var master = new RedisEndpoint(host is "" or "?" ? asked.Host : host, (int)port);
            if (!masters.Contains(master) && masters.Count < Limits.RedisNodesMax) masters.Add(master);
            for (int rest = facts - 2 + (parts - 3); rest > 0 && reply.Read(); rest--) reply.Skip();
        }

        return masters;
    }

    private static string? ReadSetting(RespReader reply) =>
        reply.TryReadAggregate(out int values) && values == 2 && reply.TryReadText(out _) && reply.TryReadText(out ReadOnlySpan<byte> value)
            ? Encoding.ASCII.GetString(value)
            : null;

    private static async Task<(RedisOutcome Outcome, string Text)> TextAsync(RedisClient client, RedisCommand command)
    {
        using (command)
        {
            RedisOutcome outcome = await client.SendAsync(command).ConfigureAwait(false);
            return (outcome, ReadText(command.Reply));
        }
    }

    private static string ReadText(RespReader reply) => reply.TryReadText(out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text) : "";

    private RedisClient ClientOf(RedisEndpoint endpoint)
    {
        var client = new RedisClient(_options with { Endpoints = [endpoint] }, _time, _loggers.CreateLogger<RedisClient>());
        client.Start();
        return client;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Journal: {Warning}")]
    private static partial void LogWeak(ILogger logger, string warning);
}

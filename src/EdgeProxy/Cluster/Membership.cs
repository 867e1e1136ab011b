using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Cluster;

/// <summary>
/// Shows this process to the others and hears of them. One script does both: it writes the heartbeat, drops members whose heartbeats ended
/// (by the clock of the server, so that the clocks of the members do not matter), and lists the rest.
/// </summary>
internal sealed partial class Membership : IAsyncDisposable
{
    // KEYS: members by end of life, their values. ARGV: id, value, time to live in ms (0: leave). Answer: id, value, id, value …
    private static readonly RedisScript Beat = new(
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local ttl = tonumber(ARGV[3])
        if ttl > 0 then
          redis.call('ZADD', KEYS[1], now + ttl, ARGV[1])
          redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
        else
          redis.call('ZREM', KEYS[1], ARGV[1])
          redis.call('HDEL', KEYS[2], ARGV[1])
        end
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
          redis.call('ZREM', KEYS[1], id)
          redis.call('HDEL', KEYS[2], id)
        end
        return redis.call('HGETALL', KEYS[2])
        """);

    private readonly RedisClient _redis;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly byte[] _ends;
    private readonly byte[] _values;
    private readonly byte[] _id;
    private readonly byte[] _value;
    private readonly int _liveMs;
    private readonly CancellationTokenSource _stop = new();
    private volatile MembershipSnapshot _snapshot;
    private Task _running = Task.CompletedTask;
    private int _left;

    /// <param name="address">Where this process listens, for the operator.</param>
    /// <param name="version">Of the program.</param>
    public Membership(RedisClient redis, ClusterSettings settings, string address, string version, TimeProvider time, ILogger<Membership> logger)
    {
        (_redis, _time, _logger, _liveMs) = (redis, time, logger, settings.LeaseMs);
        (_ends, _values) = (ClusterKeys.Of(settings.Name, "members"), ClusterKeys.Of(settings.Name, "members-info"));
        Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        _id = Encoding.ASCII.GetBytes(Id);
        Self = new Member(Id, Environment.MachineName, Environment.ProcessId, time.GetUtcNow().ToUnixTimeMilliseconds(), version, address);
        _value = Self.Encode();
        _snapshot = new MembershipSnapshot(Id, [], 0, "not heard yet");
    }

    /// <summary>16 hexadecimal digits.</summary>
    public string Id { get; }

    public Member Self { get; }

    /// <summary>Cheap; any thread.</summary>
    public MembershipSnapshot Snapshot() => _snapshot;

    public void Start()
    {
        ClusterMetrics.Show(this);
        _running = Task.Run(RunAsync);
    }

    /// <summary>
    /// Ends the heartbeat and tells the others, who see it with their next. Before the leases are handed back: then they are taken at once.
    /// </summary>
    public async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _left, 1) != 0) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await BeatAsync(0).ConfigureAwait(false);
        List<Member> others = [.. _snapshot.Members];
        others.RemoveAll(member => member.Id == Id);
        _snapshot = _snapshot with { Members = others };
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync().ConfigureAwait(false);
        ClusterMetrics.Hide(this);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await BeatAsync(_liveMs).ConfigureAwait(false);
            try
            {
                await Task.Delay(Jitter.Of(_liveMs / Limits.HeartbeatsPerLease), _time, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task BeatAsync(int liveMs)
    {
        using RedisCommand command = _redis.Rent(Beat, 2).Key(_ends).Key(_values).Add(_id).Add(_value).Add(liveMs);
        command.IsIdempotent = true;
        command.TimeOutMs = Math.Max(1, _liveMs / Limits.RenewalsPerLease);
        RedisOutcome outcome = await _redis.SendAsync(command).ConfigureAwait(false);
        MembershipSnapshot before = _snapshot;
        if (outcome != RedisOutcome.Ok || Read(command.Reply) is not { } members)
        {
            string fault = outcome == RedisOutcome.ServerError ? Encoding.UTF8.GetString(command.Error) : outcome.ToString();
            if (before.Fault is null) LogAway(_logger, fault, before.Count);
            _snapshot = before with { Fault = fault };
            return;
        }

        _snapshot = new MembershipSnapshot(Id, members, _time.GetTimestamp(), null);
        if (before.Fault is not null || !members.SequenceEqual(before.Members)) LogMembers(_logger, members.Count, Names(members));
    }

    private static List<Member>? Read(RespReader reply)
    {
        if (!reply.TryReadAggregate(out int values)) return null;
        var members = new List<Member>();
        for (int i = 0; i + 1 < values; i += 2)
        {
            if (!reply.TryReadText(out ReadOnlySpan<byte> id) || !reply.TryReadText(out ReadOnlySpan<byte> value)) return null;
            members.Add(Member.Decode(id, value));
        }

        // The same order everywhere, and a newcomer at its end: shares then move as little as possible.
        members.Sort(static (a, b) =>
            a.StartedUnixMs != b.StartedUnixMs ? a.StartedUnixMs.CompareTo(b.StartedUnixMs) : string.CompareOrdinal(a.Id, b.Id));
        return members;
    }

    private static string Names(List<Member> members) => string.Join(
        ", ", members.Select(member => string.Create(CultureInfo.InvariantCulture, $"{member.Host}/{member.Pid}")));

    [LoggerMessage(Level = LogLevel.Information, Message = "Cluster: {Count} member(s): {Names}")]
    private static partial void LogMembers(ILogger logger, int count, string names);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cluster: the heartbeat was not answered ({Fault}); {Count} member(s) were known last")]
    private static partial void LogAway(ILogger logger, string fault, int count);
}

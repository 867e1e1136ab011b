using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Redis;

/// <summary>The instruments of the Redis client. Labels are made once; gauges read the clients that run.</summary>
internal static class RedisMetrics
{
    private static readonly Counter<long> Commands =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_redis_commands_total", description: "Commands to Redis that came to an end, by outcome.");

    private static readonly Histogram<double> CommandSeconds =
        EdgeMeter.Meter.CreateHistogram<double>("edgeproxy_redis_command_seconds", "s", "From sending a command to its outcome.");

    private static readonly Counter<long> Reconnects =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_redis_reconnects_total", description: "Connections to Redis made after the first of their node.");

    private static readonly Counter<long> Hangs =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_redis_hangs_total", description: "Connections to Redis replaced because nothing came any more.");

    private static readonly Counter<long> Redirects =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_redis_redirects_total", description: "MOVED and ASK of a cluster that were followed.");

    private static readonly KeyValuePair<string, object?>[] Outcomes =
    [
        new("outcome", "ok"), new("outcome", "server_error"), new("outcome", "timed_out"), new("outcome", "not_sent"), new("outcome", "unknown"),
        new("outcome", "full"), new("outcome", "cross_slot"),
    ];

    private static ImmutableArray<RedisClient> _clients = [];

    static RedisMetrics()
    {
        EdgeMeter.Meter.CreateObservableGauge("edgeproxy_redis_pending", static () => Sum(static client => client.Pending), null, "Commands without outcome.");
        EdgeMeter.Meter.CreateObservableGauge(
            "edgeproxy_redis_connected", static () => Sum(static client => client.ConnectedNodes), null, "Nodes with a connection that is ready.");
    }

    public static void Show(RedisClient client) => ImmutableInterlocked.Update(ref _clients, static (all, added) => all.Add(added), client);

    public static void Hide(RedisClient client) => ImmutableInterlocked.Update(ref _clients, static (all, gone) => all.Remove(gone), client);

    public static void Ended(RedisOutcome outcome, double seconds)
    {
        Commands.Add(1, Outcomes[(int)outcome]);
        CommandSeconds.Record(seconds);
    }

    public static void Refused(RedisOutcome outcome) => Commands.Add(1, Outcomes[(int)outcome]);

    public static void Reconnected() => Reconnects.Add(1);

    public static void Hung() => Hangs.Add(1);

    public static void Redirected() => Redirects.Add(1);

    private static long Sum(Func<RedisClient, long> read)
    {
        long sum = 0;
        foreach (RedisClient client in _clients) sum += read(client);
        return sum;
    }
}

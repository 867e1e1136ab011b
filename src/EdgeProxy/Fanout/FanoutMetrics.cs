using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>The room's instruments. Counters are written by the loops; gauges read the snapshots of the running hosts.</summary>
internal static class FanoutMetrics
{
    private static readonly Counter<long> Attempts = EdgeMeter.Meter.CreateCounter<long>("edgeproxy_delivery_attempts_total");
    private static readonly Counter<long> DeliveredTotal = EdgeMeter.Meter.CreateCounter<long>("edgeproxy_delivered_total");
    private static readonly Counter<long> ExpiredTotal = EdgeMeter.Meter.CreateCounter<long>("edgeproxy_expired_total");
    private static readonly Counter<long> LostTotal = EdgeMeter.Meter.CreateCounter<long>("edgeproxy_lost_to_retention_total");
    private static readonly Counter<long> ReplyMethods = EdgeMeter.Meter.CreateCounter<long>("edgeproxy_reply_methods_total");
    private static readonly Counter<long> FlushFailures = EdgeMeter.Meter.CreateCounter<long>("edgeproxy_cursor_flush_failures_total");
    private static readonly Histogram<double> AttemptSeconds = EdgeMeter.Meter.CreateHistogram<double>("edgeproxy_delivery_seconds", "s");
    private static readonly Histogram<double> AgeSeconds = EdgeMeter.Meter.CreateHistogram<double>("edgeproxy_delivered_age_seconds", "s");
    private static ImmutableArray<FanoutHost> _hosts = [];

    static FanoutMetrics()
    {
        Gauge("edgeproxy_subscription_lag_records", static snapshot => snapshot.LagRecords);
        Gauge("edgeproxy_subscription_lag_bytes", static snapshot => snapshot.LagBytes);
        Gauge("edgeproxy_subscription_oldest_age_ms", static snapshot => snapshot.OldestAgeMs);
        Gauge("edgeproxy_subscription_in_flight", static snapshot => snapshot.InFlight);
        Gauge("edgeproxy_parked_keys", static snapshot => snapshot.ParkedKeys);
        Gauge("edgeproxy_parked_records", static snapshot => snapshot.ParkedRecords);
        Gauge("edgeproxy_subscription_state", static snapshot => (long)snapshot.State);
    }

    public static void Show(FanoutHost host) => ImmutableInterlocked.Update(ref _hosts, static (hosts, added) => hosts.Add(added), host);

    public static void Hide(FanoutHost host) => ImmutableInterlocked.Update(ref _hosts, static (hosts, gone) => hosts.Remove(gone), host);

    public static void Attempted(string subscription, DeliveryOutcome outcome, double seconds)
    {
        Attempts.Add(1, new("subscription", subscription), new("outcome", Name(outcome)));
        AttemptSeconds.Record(seconds, new KeyValuePair<string, object?>("subscription", subscription));
    }

    public static void Delivered(string subscription, double ageSeconds)
    {
        DeliveredTotal.Add(1, new KeyValuePair<string, object?>("subscription", subscription));
        AgeSeconds.Record(ageSeconds, new KeyValuePair<string, object?>("subscription", subscription));
    }

    public static void Expired(string subscription, UpdateKind kind) =>
        ExpiredTotal.Add(1, new("subscription", subscription), new("kind", UpdateKinds.Name(kind)));

    public static void Lost(string subscription, long count) =>
        LostTotal.Add(count, new KeyValuePair<string, object?>("subscription", subscription));

    public static void ReplyMethod(string subscription, bool executed) =>
        ReplyMethods.Add(1, new("subscription", subscription), new("outcome", executed ? "executed" : "failed"));

    public static void FlushFailed() => FlushFailures.Add(1);

    private static string Name(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => "delivered",
        DeliveryOutcome.Refused => "refused",
        DeliveryOutcome.TimedOut => "timed_out",
        DeliveryOutcome.Unreachable => "unreachable",
        DeliveryOutcome.Gone => "gone",
        _ => "stopped",
    };

    private static void Gauge(string name, Func<SubscriptionSnapshot, long> read) =>
        EdgeMeter.Meter.CreateObservableGauge(name, () => Measure(read));

    private static List<Measurement<long>> Measure(Func<SubscriptionSnapshot, long> read)
    {
        var result = new List<Measurement<long>>();
        foreach (FanoutHost host in _hosts)
        {
            foreach (SubscriptionSnapshot snapshot in host.Snapshot())
            {
                result.Add(new(read(snapshot), new KeyValuePair<string, object?>("subscription", snapshot.Id)));
            }
        }

        return result;
    }
}

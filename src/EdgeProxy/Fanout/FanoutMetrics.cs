using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>The room's instruments. Counters are written by the loops; gauges read the snapshots of the running hosts.</summary>
internal static class FanoutMetrics
{
    private static readonly Counter<long> Attempts = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_delivery_attempts_total", description: "Deliveries tried, by outcome.");

    private static readonly Counter<long> DeliveredTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_delivered_total", description: "Updates acknowledged by the consumer.");

    private static readonly Counter<long> ExpiredTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_expired_total", description: "Updates dropped because nobody took them in time, by kind.");

    private static readonly Counter<long> LostTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lost_to_retention_total", description: "Updates that left the journal before they were delivered.");

    private static readonly Counter<long> ReplyMethods = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_reply_methods_total", description: "Bot API calls from reply bodies, by outcome.");

    private static readonly Counter<long> FlushFailures = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_cursor_flush_failures_total", description: "Flushes of cursors that were not stored.");

    private static readonly Counter<long> Fenced = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lease_fenced_total", description: "Flushes of cursors that were refused because another process owns the partition.");

    private static readonly Histogram<double> AttemptSeconds = EdgeMeter.Meter.CreateHistogram<double>(
        "edgeproxy_delivery_seconds", "s", "Time of one delivery, from its start to the end of the answer.");

    private static readonly Histogram<double> AgeSeconds = EdgeMeter.Meter.CreateHistogram<double>(
        "edgeproxy_delivered_age_seconds", "s", "From the update's receipt to its acknowledgement.");

    private static ImmutableArray<IFanout> _hosts = [];

    static FanoutMetrics()
    {
        Gauge("edgeproxy_subscription_lag_records", "Updates between the cursor and the end of the journal, estimated.",
            static snapshot => snapshot.LagRecords);
        Gauge("edgeproxy_subscription_lag_bytes", "Journal bytes between the cursor and the end.",
            static snapshot => snapshot.LagBytes);
        Gauge("edgeproxy_subscription_oldest_age_ms", "Age of the oldest update that is not acknowledged, milliseconds.",
            static snapshot => snapshot.OldestAgeMs);
        Gauge("edgeproxy_subscription_in_flight", "Deliveries that run.",
            static snapshot => snapshot.InFlight);
        Gauge("edgeproxy_parked_keys", "Queue keys that wait for a retry.",
            static snapshot => snapshot.ParkedKeys);
        Gauge("edgeproxy_parked_records", "Updates behind parked keys.",
            static snapshot => snapshot.ParkedRecords);
        Gauge("edgeproxy_subscription_state", "0 running, 1 down, 2 disabled.",
            static snapshot => (long)snapshot.State);
    }

    public static void Show(IFanout host) => ImmutableInterlocked.Update(ref _hosts, static (hosts, added) => hosts.Add(added), host);

    public static void Hide(IFanout host) => ImmutableInterlocked.Update(ref _hosts, static (hosts, gone) => hosts.Remove(gone), host);

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

    public static void FlushFailed(bool isFenced) => (isFenced ? Fenced : FlushFailures).Add(1);

    private static string Name(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => "delivered",
        DeliveryOutcome.Refused => "refused",
        DeliveryOutcome.TimedOut => "timed_out",
        DeliveryOutcome.Unreachable => "unreachable",
        DeliveryOutcome.Gone => "gone",
        _ => "stopped",
    };

    private static void Gauge(string name, string description, Func<SubscriptionSnapshot, long> read) =>
        EdgeMeter.Meter.CreateObservableGauge(name, () => Measure(read), description: description);

    private static List<Measurement<long>> Measure(Func<SubscriptionSnapshot, long> read)
    {
        var result = new List<Measurement<long>>();
        foreach (IFanout host in _hosts)
        {
            foreach (SubscriptionSnapshot snapshot in host.Snapshot())
            {
                result.Add(new(read(snapshot), new KeyValuePair<string, object?>("subscription", snapshot.Id)));
            }
        }

        return result;
    }
}

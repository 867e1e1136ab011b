using System.Diagnostics;
using System.Diagnostics.Metrics;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Ingest;

/// <summary>Counts what came in, per bot. Adding allocates nothing.</summary>
internal static class IngestMetrics
{
    private static readonly Counter<long> Accepted = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_updates_accepted_total", description: "Updates stored and acknowledged for the first time.");

    private static readonly Counter<long> Duplicates = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_updates_duplicate_total", description: "Updates acknowledged again because their original is stored.");

    private static readonly Counter<long> RefusedCount = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_updates_refused_total", description: "Webhook calls and polled updates that were not taken, by reason.");

    private static readonly Histogram<double> AckSeconds = EdgeMeter.Meter.CreateHistogram<double>(
        "edgeproxy_ingest_ack_seconds", unit: "s", description: "From the first byte of a webhook call's body to its answer.");

    public static void Taken(Bot bot, bool duplicate, long startedAt)
    {
        Polled(bot, duplicate);
        AckSeconds.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
    }

    public static void Polled(Bot bot, bool duplicate) => (duplicate ? Duplicates : Accepted).Add(1, new KeyValuePair<string, object?>("bot", bot.Name));

    public static void Refused(Bot? bot, RefusalReply reply) => RefusedCount.Add(
        1, new KeyValuePair<string, object?>("bot", bot?.Name ?? ""), new KeyValuePair<string, object?>("reason", reply.Reason));
}

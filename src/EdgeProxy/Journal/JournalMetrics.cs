using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>The journal's instruments. Labels are built once, so that recording allocates nothing.</summary>
internal static class JournalMetrics
{
    public static readonly Counter<long> Appended =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_journal_appended_total", description: "Updates made durable.");

    public static readonly Counter<long> Duplicates =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_journal_duplicates_total", description: "Updates whose original is durable.");

    public static readonly Counter<long> Refused =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_journal_refused_total", description: "Updates not stored, by reason.");

    public static readonly Counter<long> DedupeEvictions = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_journal_dedupe_evictions_total", description: "Generations of remembered update_ids dropped early, for lack of space.");

    public static readonly Histogram<double> AppendSeconds =
        EdgeMeter.Meter.CreateHistogram<double>("edgeproxy_journal_append_seconds", "s", "From AppendAsync to durable.");

    public static readonly Histogram<double> SyncSeconds =
        EdgeMeter.Meter.CreateHistogram<double>("edgeproxy_journal_fsync_seconds", "s", "One write and fdatasync of a batch.");

    public static readonly Histogram<int> BatchRecords =
        EdgeMeter.Meter.CreateHistogram<int>("edgeproxy_journal_batch_records", description: "Records that shared one fdatasync.");

    public static readonly KeyValuePair<string, object?> ReasonFull = new("reason", "full");
    public static readonly KeyValuePair<string, object?> ReasonDisk = new("reason", "disk");

    public static readonly KeyValuePair<string, object?> ReasonRedis = new("reason", "redis");

    private static IUpdateJournal? _observed;
    private static TimeProvider _time = TimeProvider.System;

    static JournalMetrics()
    {
        EdgeMeter.Meter.CreateObservableGauge("edgeproxy_journal_queue_depth", static () => Observe(static s => s.QueueDepth),
            description: "Appends that wait for the disk.");
        EdgeMeter.Meter.CreateObservableGauge("edgeproxy_journal_bytes", static () => Observe(static s => s.Bytes),
            description: "Size of all segments.");
        EdgeMeter.Meter.CreateObservableGauge("edgeproxy_journal_segments", static () => Observe(static s => s.Segments),
            description: "Segment files.");
        EdgeMeter.Meter.CreateObservableGauge("edgeproxy_journal_corrupt_records", static () => Observe(static s => s.CorruptRecords),
            description: "Corrupt places seen since start.");
        EdgeMeter.Meter.CreateObservableGauge("edgeproxy_journal_oldest_age_seconds",
            static () => OldestAgeSeconds(), description: "Age of the oldest kept update.");
    }

    /// <summary>The process has one journal; the gauges read it while it is open.</summary>
    public static void Attach(IUpdateJournal journal, TimeProvider time)
    {
        _time = time;
        Volatile.Write(ref _observed, journal);
    }

    public static void Detach(IUpdateJournal journal) => Interlocked.CompareExchange(ref _observed, null, journal);

    public static void Refuse(AppendOutcome outcome)
    {
        if (outcome is AppendOutcome.Full)
            Refused.Add(1, ReasonFull);
        else if (outcome is AppendOutcome.DiskFailed)
            Refused.Add(1, ReasonDisk);
    }

    private static double OldestAgeSeconds()
    {
        var oldest = Observe(static s => s.OldestUnixMs);
        return oldest == 0 ? 0 : Math.Max(0, (_time.GetUtcNow().ToUnixTimeMilliseconds() - oldest) / 1000.0);
    }

    private static long Observe(Func<JournalSnapshot, long> value) =>
        Volatile.Read(ref _observed) is { } journal ? value(journal.Snapshot()) : 0;
}

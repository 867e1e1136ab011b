using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Sqlite;

/// <summary>The instruments of the state file.</summary>
internal static class SqliteMetrics
{
    public static readonly Counter<long> Writes =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_state_writes_total", null, "Works written to the state file.");

    public static readonly Counter<long> Faults =
        EdgeMeter.Meter.CreateCounter<long>("edgeproxy_state_faults_total", null, "Group commits that failed on the disk.");

    public static readonly Histogram<double> CommitSeconds =
        EdgeMeter.Meter.CreateHistogram<double>("edgeproxy_state_commit_seconds", "s", "Time of one group commit, from BEGIN to COMMIT.");

    public static readonly Histogram<double> CheckpointSeconds =
        EdgeMeter.Meter.CreateHistogram<double>("edgeproxy_state_checkpoint_seconds", "s", "Time of one WAL checkpoint.");
}

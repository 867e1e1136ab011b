using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>The room's instruments.</summary>
internal static class AdminMetrics
{
    private static readonly Counter<long> CallsTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_admin_calls_total", description: "Calls of the MTProto process, by outcome.");

    private static readonly Counter<long> JobsTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_admin_jobs_total", description: "Jobs that ended, by kind and state.");

    private static readonly Counter<long> AnswersTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_admin_answers_total", description: "Answers of the admin API, by operation and status.");

    private static readonly Counter<long> StartsTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_admin_sidecar_starts_total", description: "Starts of the MTProto process.");

    public static void Called(SidecarOutcome outcome) => CallsTotal.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString()));

    public static void Ended(JobKind kind, JobState state) =>
        JobsTotal.Add(1, new KeyValuePair<string, object?>("kind", AdminNames.Of(kind)), new KeyValuePair<string, object?>("state", AdminNames.Of(state)));

    public static void Answered(string operation, int status) =>
        AnswersTotal.Add(1, new KeyValuePair<string, object?>("operation", operation), new KeyValuePair<string, object?>("status", status));

    public static void Started() => StartsTotal.Add(1);
}

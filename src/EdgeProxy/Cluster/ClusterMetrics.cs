using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Cluster;

/// <summary>The room's instruments. Gauges read the snapshots of what runs.</summary>
internal static class ClusterMetrics
{
    private static readonly Counter<long> TakenTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lease_taken_total", description: "Leases taken, by what they are for.");

    private static readonly Counter<long> ReleasedTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lease_released_total", description: "Leases handed back.");

    private static readonly Counter<long> LostTotal = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_lease_lost_total", description: "Leases that ran out or were taken by another member.");

    private static ImmutableArray<Membership> _members = [];
    private static ImmutableArray<LeaseTable> _tables = [];

    static ClusterMetrics()
    {
        EdgeMeter.Meter.CreateObservableGauge(
            "edgeproxy_cluster_members", static () => _members.Select(one => new Measurement<long>(one.Snapshot().Members.Count)), null,
            "Members that live, as last heard.");
        EdgeMeter.Meter.CreateObservableGauge(
            "edgeproxy_lease_held", static () => Measure(static table => table.Snapshot().Held.Count), null, "Leases this process holds.");
        EdgeMeter.Meter.CreateObservableGauge(
            "edgeproxy_lease_share", static () => Measure(static table => table.Snapshot().Share), null, "Leases this process should hold.");
    }

    public static void Show(Membership one) => ImmutableInterlocked.Update(ref _members, static (all, added) => all.Add(added), one);

    public static void Hide(Membership one) => ImmutableInterlocked.Update(ref _members, static (all, gone) => all.Remove(gone), one);

    public static void Show(LeaseTable one) => ImmutableInterlocked.Update(ref _tables, static (all, added) => all.Add(added), one);

    public static void Hide(LeaseTable one) => ImmutableInterlocked.Update(ref _tables, static (all, gone) => all.Remove(gone), one);

    public static void Taken(string group) => TakenTotal.Add(1, new KeyValuePair<string, object?>("for", group));

    public static void Released(string group) => ReleasedTotal.Add(1, new KeyValuePair<string, object?>("for", group));

    public static void Lost(string group) => LostTotal.Add(1, new KeyValuePair<string, object?>("for", group));

    private static IEnumerable<Measurement<long>> Measure(Func<LeaseTable, long> read) =>
        _tables.Select(table => new Measurement<long>(read(table), new KeyValuePair<string, object?>("for", table.Group)));
}

using System.Diagnostics.Metrics;

namespace EdgeProxy.Primitives;

/// <summary>The one meter. A room keeps its instruments in its own *Metrics.cs; names follow Prometheus: edgeproxy_&lt;what&gt;_&lt;unit&gt;[_total].</summary>
internal static class EdgeMeter
{
    public static readonly Meter Meter = new("EdgeProxy");
}

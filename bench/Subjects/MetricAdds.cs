using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using EdgeProxy.Observability;
using EdgeProxy.Primitives;

namespace EdgeProxy.Bench.Subjects;

/// <summary>One more on a counter with one label, and one more duration in a histogram, while the exposition listens.</summary>
internal sealed class MetricAdds : IDisposable
{
    private static readonly Counter<long> Adds = EdgeMeter.Meter.CreateCounter<long>("edgeproxy_bench_adds_total");
    private static readonly Histogram<double> Seconds = EdgeMeter.Meter.CreateHistogram<double>("edgeproxy_bench_seconds", "s");
    private readonly MetricsExposition _exposition = new();
    private readonly ConcurrentDictionary<string, long> _table = new();
    private readonly string _bot = "bench";

    public long Add()
    {
        Adds.Add(1, new KeyValuePair<string, object?>("bot", _bot));
        return 1;
    }

    public long Record()
    {
        Seconds.Record(0.004, new KeyValuePair<string, object?>("bot", _bot));
        return 1;
    }

    /// <summary>The plain way to count by name.</summary>
    public long AddToTable() => _table.AddOrUpdate(_bot, 1, static (_, count) => count + 1);

    public void Dispose() => _exposition.Dispose();
}

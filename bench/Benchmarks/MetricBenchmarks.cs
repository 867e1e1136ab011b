using BenchmarkDotNet.Attributes;
using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Benchmarks;

public class MetricBenchmarks
{
    private readonly MetricAdds _metrics = new();

    [Benchmark]
    public long CounterAdd() => _metrics.Add();

    [Benchmark]
    public long HistogramRecord() => _metrics.Record();

    [Benchmark(Baseline = true)]
    public long ConcurrentDictionary() => _metrics.AddToTable();

    [GlobalCleanup]
    public void Cleanup() => _metrics.Dispose();
}

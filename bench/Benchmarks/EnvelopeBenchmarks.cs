using BenchmarkDotNet.Attributes;
using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Benchmarks;

public class EnvelopeBenchmarks
{
    private byte[] _body = [];

    [ParamsSource(nameof(Shapes))]
    public string Shape { get; set; } = "";

    public static IEnumerable<string> Shapes => UpdateShapes.Names;

    [GlobalSetup]
    public void Setup() => _body = UpdateShapes.Read(Shape);

    [Benchmark]
    public long EdgeProxy() => EnvelopeScan.Edge(_body);

    [Benchmark(Baseline = true)]
    public long JsonDocument() => EnvelopeScan.Document(_body);

    [Benchmark]
    public long SourceGenerated() => EnvelopeScan.Model(_body);
}

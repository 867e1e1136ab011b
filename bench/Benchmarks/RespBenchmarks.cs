using BenchmarkDotNet.Attributes;
using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Benchmarks;

public class RespBenchmarks
{
    private readonly RespWire _wire = new();

    [Benchmark]
    public long Encode() => _wire.Encode();

    [Benchmark]
    public long EncodeText() => RespWire.EncodeText();

    [Benchmark]
    public long Decode() => _wire.Decode();

    [Benchmark]
    public long DecodeText() => RespWire.DecodeText();
}

using BenchmarkDotNet.Attributes;
using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Benchmarks;

public class ChatIdBenchmarks
{
    [Benchmark]
    public long Json() => ChatIdScan.EdgeJson();

    [Benchmark]
    public long JsonDocument() => ChatIdScan.DocumentJson();

    [Benchmark]
    public long Form() => ChatIdScan.EdgeForm();

    [Benchmark]
    public long FormReader() => ChatIdScan.ReaderForm();

    [Benchmark]
    public long Multipart64KiB() => ChatIdScan.EdgeMultipart();

    [Benchmark]
    public long MultipartReader64KiB() => ChatIdScan.ReaderMultipart();
}

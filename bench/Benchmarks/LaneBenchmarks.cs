using BenchmarkDotNet.Attributes;
using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Benchmarks;

public class LaneBenchmarks
{
    private LaneTurns _lanes = null!;
    private LimiterTurns _limiters = null!;

    [Params(1, 300)]
    public int Chats { get; set; }

    [GlobalSetup]
    public void Setup() => (_lanes, _limiters) = (new LaneTurns(Chats), new LimiterTurns(Chats));

    [Benchmark]
    public long EdgeProxy() => _lanes.Turn();

    [Benchmark(Baseline = true)]
    public long RateLimitingAndSemaphore() => _limiters.Turn();

    [GlobalCleanup]
    public void Cleanup()
    {
        _lanes.Dispose();
        _limiters.Dispose();
    }
}

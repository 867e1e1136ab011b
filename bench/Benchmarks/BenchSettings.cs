using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;

namespace EdgeProxy.Bench.Benchmarks;

/// <summary>Fewer rounds than BenchmarkDotNet's default, so that all of it ends in minutes; results go beside the binary, not into the tree.</summary>
internal sealed class BenchSettings : ManualConfig
{
    public BenchSettings()
    {
        Add(DefaultConfig.Instance);
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumn(new SpeedColumn());
        AddJob(Job.Default.WithWarmupCount(4).WithIterationCount(10));
        WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"));
    }
}

using BenchmarkDotNet.Attributes;
using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Benchmarks;

/// <summary>Figures are per message. Every iteration begins with a fresh file, so that the disk does not fill up.</summary>
[InvocationCount(4, unrollFactor: 1)]
public class OutboxBenchmarks
{
    private const int Messages = 1024;
    private TempFolder _folder = null!;
    private RecordLog _log = null!;

    [Params(1, 16, RecordLog.BatchMax)]
    public int Batch { get; set; }

    [IterationSetup(Target = nameof(EdgeProxy))]
    public void OpenOutbox()
    {
        _folder = new TempFolder();
        _log = new OutboxLog(_folder.Path, ChatIdScan.JsonBody);
    }

    [IterationSetup(Target = nameof(SqliteInsert))]
    public void OpenSqlite()
    {
        _folder = new TempFolder();
        _log = new SqliteLog(_folder.File("peer.db"), ChatIdScan.JsonBody);
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public Task EdgeProxy() => _log.AppendAsync(Messages, Batch);

    [Benchmark(OperationsPerInvoke = Messages, Baseline = true)]
    public Task SqliteInsert() => _log.AppendAsync(Messages, Batch);

    [IterationCleanup]
    public void Close()
    {
        _log.Dispose();
        _folder.Dispose();
    }
}

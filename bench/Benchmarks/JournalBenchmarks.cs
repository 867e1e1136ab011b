using BenchmarkDotNet.Attributes;
using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Benchmarks;

/// <summary>Figures are per record. Every iteration begins with fresh files, so that the disk does not fill up.</summary>
[InvocationCount(4, unrollFactor: 1)]
public class JournalBenchmarks
{
    private const int Records = 1024;
    private readonly byte[] _body = UpdateShapes.Read(UpdateShapes.Typical);
    private TempFolder _folder = null!;
    private RecordLog _log = null!;

    [Params(1, 16, RecordLog.BatchMax)]
    public int Batch { get; set; }

    [IterationSetup(Target = nameof(EdgeProxy))]
    public void OpenJournal() => _log = new JournalLog(NewFolder().File("journal"), _body);

    [IterationSetup(Target = nameof(SqliteWalFull))]
    public void OpenSqlite() => _log = new SqliteLog(NewFolder().File("peer.db"), _body);

    [IterationSetup(Target = nameof(PwriteAndFdatasync))]
    public void OpenBare() => _log = new BareLog(NewFolder().File("bare"), _body);

    [Benchmark(OperationsPerInvoke = Records)]
    public Task EdgeProxy() => _log.AppendAsync(Records, Batch);

    [Benchmark(OperationsPerInvoke = Records, Baseline = true)]
    public Task SqliteWalFull() => _log.AppendAsync(Records, Batch);

    [Benchmark(OperationsPerInvoke = Records)]
    public Task PwriteAndFdatasync() => _log.AppendAsync(Records, Batch);

    [IterationCleanup]
    public void Close()
    {
        _log.Dispose();
        _folder.Dispose();
    }

    private TempFolder NewFolder() => _folder = new TempFolder();
}

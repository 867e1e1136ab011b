using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using EdgeProxy.Bench.Subjects;

namespace EdgeProxy.Bench.Benchmarks;

/// <summary>GB/s of the benchmarks that read an update's shape.</summary>
internal sealed class SpeedColumn : IColumn
{
    public string Id => nameof(SpeedColumn);
    public string ColumnName => "GB/s";
    public string Legend => "Bytes of the body read per nanosecond";
    public bool AlwaysShow => false;
    public ColumnCategory Category => ColumnCategory.Custom;
    public int PriorityInCategory => 0;
    public bool IsNumeric => true;
    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(one => Shape(one) is not null);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        Shape(benchmarkCase) is { } shape && summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? (UpdateShapes.Read(shape).Length / statistics.Mean).ToString("0.00", CultureInfo.InvariantCulture)
            : "-";

    private static string? Shape(BenchmarkCase one) =>
        one.Parameters.Items.FirstOrDefault(static item => item.Name == nameof(EnvelopeBenchmarks.Shape))?.Value as string;
}

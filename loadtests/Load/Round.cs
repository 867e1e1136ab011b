using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Load;

/// <summary>One measurement of one variant: where it starts its processes and leaves its figures.</summary>
internal sealed class Round(string variant, bool quick, Arena arena, Action<string> say)
{
    private readonly List<Figure> _figures = [];
    private readonly List<string> _notes = [];

    public bool Quick => quick;

    /// <summary>How long was asked for; null for the scenario's own length.</summary>
    public double? Minutes { get; init; }
    public Arena Arena => arena;
    public List<(string Variant, Histogram Histogram)> Histograms { get; } = [];
    public IReadOnlyList<Figure> Figures => _figures;
    public IReadOnlyList<string> Notes => _notes;

    public void Add(string name, double value, string unit = "") => _figures.Add(new Figure(variant, name, value, unit));

    /// <summary>p50, p99, p99.9 and the largest of the histogram, milliseconds.</summary>
    public void Add(string name, Histogram histogram)
    {
        Add(name + " p50", histogram.QuantileMs(0.5), "ms");
        Add(name + " p99", histogram.QuantileMs(0.99), "ms");
        Add(name + " p99.9", histogram.QuantileMs(0.999), "ms");
        Add(name + " max", histogram.MaxMs, "ms");
        Histograms.Add((variant, histogram));
    }

    /// <summary>CPU per request and memory of a process since <paramref name="before"/>.</summary>
    public void Add(string name, ProcessUse before, ProcessUse after, long requests)
    {
        if (requests > 0) Add($"{name} CPU/request", (after.CpuUs - before.CpuUs) / (double)requests, "µs");
        Add($"{name} RSS", after.RssBytes / 1e6, "MB");
    }

    /// <summary>A line of the report that explains a figure.</summary>
    public void Note(string text) => _notes.Add($"{variant}: {text}");

    /// <summary>Progress, for whoever watches.</summary>
    public void Say(string text) => say($"  {variant}: {text}");
}

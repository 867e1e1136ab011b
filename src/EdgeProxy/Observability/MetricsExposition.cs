using System.Buffers;
using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Observability;

/// <summary>
/// Listens to one meter and writes what it measured as Prometheus text. Recording is safe from any thread and allocates nothing for labels
/// seen before. A family keeps a bounded number of series; what does not fit is counted in edgeproxy_metrics_series_dropped_total.
/// </summary>
internal sealed class MetricsExposition : IDisposable
{
    private const string Dropped = "edgeproxy_metrics_series_dropped_total";
    private const string ObserveFailures = "edgeproxy_metrics_observe_failures_total";
    // 100 µs (an append) to 60 s (a lane that waits out a flood), seconds.
    private static readonly double[] SecondsBounds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    // Sizes and counts of any unit.
    private static readonly double[] CountBounds = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];
    private readonly Lock _familiesLock = new();
    private readonly Lock _scrapeLock = new();
    private readonly List<MetricFamily> _families = [];
    private readonly MeterListener _listener = new();
    private readonly int _seriesMax;
    private long _dropped;
    private long _observeFailures;

    public MetricsExposition(string meterName = "EdgeProxy", int seriesMax = Limits.MetricSeriesMax)
    {
        _seriesMax = seriesMax;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meterName)
            {
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Measure((MetricFamily)state!, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Measure((MetricFamily)state!, (long)value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Measure((MetricFamily)state!, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>One scrape: asks the observed instruments, then writes every family and the process's figures.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        var text = new ExpositionText(output);
        // One scrape at a time: the observed marks belong to it.
        lock (_scrapeLock)
        {
            var families = Families();
            foreach (var family in families)
            {
                Forget(family);
            }
            Observe();
            foreach (var family in families)
            {
                WriteFamily(text, family);
            }
        }
        text.Head(Dropped, "Measurements dropped because their instrument has too many label sets.", "counter"u8);
        text.Line(Dropped, default, default, Interlocked.Read(ref _dropped));
        text.Head(ObserveFailures, "Scrapes in which an observed instrument threw.", "counter"u8);
        text.Line(ObserveFailures, default, default, Interlocked.Read(ref _observeFailures));
        ProcessMetrics.WriteTo(text);
    }

    private void Observe()
    {
        try
        {
            _listener.RecordObservableInstruments();
        }
        catch (AggregateException)
        {
            // One room's broken callback must not blind the operator to all others; their values were still taken.
            Interlocked.Increment(ref _observeFailures);
        }
    }

    private MetricFamily[] Families()
    {
        lock (_familiesLock)
        {
            return [.. _families];
        }
    }

    private static void Forget(MetricFamily family)
    {
        if (family.Kind is MetricKind.ObservedCounter or MetricKind.ObservedGauge)
        {
            foreach (var series in family.Snapshot())
            {
                series.Observed = false;
            }
        }
    }

    private static void WriteFamily(ExpositionText text, MetricFamily family)
    {
        text.Head(family.Name, family.Help, family.Kind switch
        {
            MetricKind.Counter or MetricKind.ObservedCounter => "counter"u8,
            MetricKind.Histogram => "histogram"u8,
            _ => "gauge"u8,
        });
        var observed = family.Kind is MetricKind.ObservedCounter or MetricKind.ObservedGauge;
        foreach (var series in family.Snapshot())
        {
            if (family.Kind == MetricKind.Histogram)
            {
                WriteHistogram(text, family, series);
            }
            else if (!observed || series.Observed)
            {
                WriteValue(text, family.Name, series);
            }
        }
    }

    private static void WriteValue(ExpositionText text, string name, MetricSeries series)
    {
        var fraction = series.Fraction;
        if (fraction == 0)
        {
            text.Line(name, default, series.Labels, series.Whole);
        }
        else
        {
            text.Line(name, default, series.Labels, series.Whole + fraction);
        }
    }

    private static void WriteHistogram(ExpositionText text, MetricFamily family, MetricSeries series)
    {
        // _count is the sum of the buckets read here, so that it always equals the +Inf bucket.
        var cumulative = 0L;
        for (var i = 0; i < series.Buckets.Length; i++)
        {
            cumulative += Volatile.Read(in series.Buckets[i]);
            text.Bucket(family.Name, series.Labels, i < family.Bounds.Length ? family.Bounds[i] : double.PositiveInfinity, cumulative);
        }
        text.Line(family.Name, "_sum"u8, series.Labels, series.Fraction);
        text.Line(family.Name, "_count"u8, series.Labels, cumulative);
    }

    private void Measure(MetricFamily family, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (family.Kind == MetricKind.Histogram)
        {
            Measure(family, (double)value, tags);
            return;
        }
        if (family.Find(tags) is not { } series)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        if (family.Kind is MetricKind.Counter or MetricKind.Sum)
        {
            series.Add(value);
            return;
        }
        series.Set(value);
        series.Observed = true;
    }

    private void Measure(MetricFamily family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (family.Find(tags) is not { } series)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        switch (family.Kind)
        {
            case MetricKind.Histogram:
                series.Record(value);
                break;
            case MetricKind.Counter or MetricKind.Sum:
                series.Add(value);
                break;
            default:
                series.Set(value);
                series.Observed = true;
                break;
        }
    }

    /// <summary>Two instruments of one name share a family: a name may stand only once in the text.</summary>
    private MetricFamily FamilyOf(Instrument instrument)
    {
        lock (_familiesLock)
        {
            foreach (var known in _families)
            {
                if (known.Name == instrument.Name)
                {
                    return known;
                }
            }
            var kind = KindOf(instrument);
            var bounds = kind == MetricKind.Histogram ? BoundsOf(instrument) : [];
            var family = new MetricFamily(instrument.Name, instrument.Description, kind, bounds, _seriesMax);
            _families.Add(family);
            return family;
        }
    }

    private static MetricKind KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> or Counter<int> or Counter<double> => MetricKind.Counter,
        UpDownCounter<long> or UpDownCounter<int> or UpDownCounter<double> => MetricKind.Sum,
        Histogram<long> or Histogram<int> or Histogram<double> => MetricKind.Histogram,
        ObservableCounter<long> or ObservableCounter<int> or ObservableCounter<double> => MetricKind.ObservedCounter,
        _ => instrument.IsObservable ? MetricKind.ObservedGauge : MetricKind.Gauge,
    };

    private static double[] BoundsOf(Instrument instrument)
    {
        double[]? advised = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
            Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
            _ => null,
        };
        if (advised is { Length: > 0 })
        {
            return advised;
        }
        return instrument.Name.EndsWith("_seconds", StringComparison.Ordinal) ? SecondsBounds : CountBounds;
    }
}

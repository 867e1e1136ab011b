namespace EdgeProxy.Observability;

/// <summary>How an instrument's measurements become a series.</summary>
internal enum MetricKind
{
    /// <summary>Measurements are added; only ever grows.</summary>
    Counter,

    /// <summary>Measurements are added; goes both ways (UpDownCounter).</summary>
    Sum,

    /// <summary>A measurement replaces the value (Gauge).</summary>
    Gauge,

    /// <summary>Asked for at each scrape; counter.</summary>
    ObservedCounter,

    /// <summary>Asked for at each scrape; gauge.</summary>
    ObservedGauge,

    Histogram,
}

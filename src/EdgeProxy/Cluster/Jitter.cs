namespace EdgeProxy.Cluster;

/// <summary>Spreads what equal processes do at equal intervals, so that they do not do it together.</summary>
internal static class Jitter
{
    /// <summary>Four fifths to six fifths of it.</summary>
    public static TimeSpan Of(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds * (0.8 + (0.4 * Random.Shared.NextDouble())));
}

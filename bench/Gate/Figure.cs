namespace EdgeProxy.Bench.Gate;

/// <summary>
/// What one variant came to. Times are medians of all rounds; ratios are EdgeProxy's time over this one's, the median of the rounds' own ratios,
/// whose two times were taken next to each other.
/// </summary>
/// <param name="Variant">Its name.</param>
/// <param name="CpuNs">An operation's CPU time.</param>
/// <param name="WallNs">An operation's time on the wall's clock; it says something only where the disk is waited for.</param>
/// <param name="Bytes">What an operation allocates at least; a sample's own few objects are rounded away.</param>
/// <param name="CpuRatio">Of the CPU times.</param>
/// <param name="WallRatio">Of the times on the wall's clock.</param>
internal readonly record struct Figure(string Variant, double CpuNs, double WallNs, double Bytes, double CpuRatio, double WallRatio);

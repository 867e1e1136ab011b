namespace EdgeProxy.Bench.Gate;

/// <summary>What one variant came to.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="Nanoseconds">An operation's time: the median of all rounds.</param>
/// <param name="Bytes">What an operation allocates at least; a sample's own few objects are rounded away.</param>
/// <param name="Ratio">EdgeProxy's time over this one's: the median of the rounds' ratios, whose two times were taken next to each other.</param>
internal readonly record struct Figure(string Variant, double Nanoseconds, double Bytes, double Ratio);

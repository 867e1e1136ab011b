namespace EdgeProxy.Journal;

/// <summary>The ids of one bot that arrived in one generation.</summary>
/// <param name="Number">Unix time divided by the generation's length.</param>
internal sealed record DedupeGeneration(long Number, IntervalSet Ids);

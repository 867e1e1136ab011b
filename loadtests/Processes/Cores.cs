namespace EdgeProxy.LoadTests.Processes;

/// <summary>Where pinned things run: what is measured on one core, the generator and stand-ins for other machines on another.</summary>
internal static class Cores
{
    public const int Server = 0;

    /// <summary>The same core on a machine that has but one; then the ratios hold and the latencies do not.</summary>
    public static int Load { get; } = Math.Min(1, Environment.ProcessorCount - 1);
}

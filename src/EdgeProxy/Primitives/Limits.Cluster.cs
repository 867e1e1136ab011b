namespace EdgeProxy.Primitives;

/// <summary>Bounds of what processes of a cluster share.</summary>
internal static partial class Limits
{
    /// <summary>Partitions of the journal when none are configured: enough for a dozen processes to have even shares.</summary>
    public const int PartitionsDefault = 16;

    /// <summary>Most partitions: each costs its owner a connection that waits.</summary>
    public const int PartitionsMax = 256;

    /// <summary>How long a lease holds without renewal when nothing is configured, ms: how long a dead process' partitions stand still.</summary>
    public const int LeaseMsDefault = 10_000;

    public const int LeaseMsMin = 2_000;
    public const int LeaseMsMax = 120_000;

    /// <summary>Longest name of a cluster, characters: it begins every key.</summary>
    public const int ClusterNameCharsMax = 32;

    /// <summary>How long a starting process waits for Redis and PostgreSQL before it gives up, seconds: its supervisor starts it again.</summary>
    public const int ClusterStartS = 30;
}

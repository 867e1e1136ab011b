namespace EdgeProxy.Cluster;

/// <summary>What a table holds, for health and metrics.</summary>
/// <param name="Group">What the leases are for.</param>
/// <param name="Names">How many things there are.</param>
/// <param name="Share">How many this process should hold.</param>
/// <param name="Held">Names it holds, in the order they were taken.</param>
internal sealed record LeaseTableSnapshot(string Group, int Names, int Share, IReadOnlyList<string> Held);

using System.Text;

namespace EdgeProxy.Cluster;

/// <summary>
/// Names of the cluster's keys. What stands in braces decides the slot (Redis Cluster specification, "Hash tags"): all keys of one leased thing lie
/// together, so that a script may check its lease and write under it.
/// </summary>
internal static class ClusterKeys
{
    /// <summary>Key of a leased thing: {NAME:thing}:suffix.</summary>
    public static byte[] Of(string cluster, string thing, string suffix) => Encoding.UTF8.GetBytes($"{{{cluster}:{thing}}}:{suffix}");

    /// <summary>Key of the cluster as a whole: {NAME}:suffix.</summary>
    public static byte[] Of(string cluster, string suffix) => Encoding.UTF8.GetBytes($"{{{cluster}}}:{suffix}");

    /// <summary>The leased name of a partition.</summary>
    public static string Partition(int number) => $"p{number}";

    /// <summary>Counts how often the thing was taken: what a fenced write compares with its own lease.</summary>
    public static byte[] Epoch(string cluster, string thing) => Of(cluster, thing, "epoch");
}

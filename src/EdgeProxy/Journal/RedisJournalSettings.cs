using EdgeProxy.Primitives;
using EdgeProxy.Redis;

namespace EdgeProxy.Journal;

/// <summary>Where the journal of a cluster lives.</summary>
/// <param name="Name">Of the cluster; begins every key.</param>
/// <param name="Redis">The server, or seeds of a Redis Cluster.</param>
/// <param name="Partitions">The same in every process; another number only on an empty journal.</param>
internal sealed record RedisJournalSettings(string Name, RedisOptions Redis, int Partitions)
{
    /// <summary>Records of one partition; beyond it appends are Full.</summary>
    public int RecordsMax { get; init; } = Limits.RedisJournalRecordsMax;

    /// <summary>How long a released record is kept, ms.</summary>
    public long KeptMs { get; init; } = Limits.RedisJournalKeptHours * 3_600_000L;

    /// <summary>How often the partitions are looked at and trimmed, ms.</summary>
    public int WatchMs { get; init; } = Limits.RedisWatchMs;
}

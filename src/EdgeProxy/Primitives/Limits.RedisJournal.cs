namespace EdgeProxy.Primitives;

/// <summary>Bounds of the journal that lives in Redis.</summary>
internal static partial class Limits
{
    /// <summary>
    /// Records of one partition's stream. With the default partitions 16 million, some 24 GB of average updates: most servers' maxmemory comes first.
    /// </summary>
    public const int RedisJournalRecordsMax = 1_000_000;

    /// <summary>
    /// How long a record that nobody needs any more is kept for inspection and late subscriptions, hours. Not the dedupe window: that is in bitmaps of
    /// its own. A partition more than half full keeps nothing that is released.
    /// </summary>
    public const int RedisJournalKeptHours = 1;

    /// <summary>
    /// update_ids of one bitmap, a power of two. Dense ids cost a bit each in every partition, some 5 bytes together with the key; a lone id at most
    /// this many bits.
    /// </summary>
    public const int RedisDedupeBlockIds = 4_096;

    /// <summary>A bitmap that would expire before this many hours is prolonged to twice that: every id in it is remembered longer than DedupeHours.</summary>
    public const int RedisDedupeTtlHours = 25;

    /// <summary>Bytes of a page of records in memory, below the size that the runtime treats as large. Larger records have a page of their own.</summary>
    public const int RedisPageBytes = 64 * 1024;

    /// <summary>Records of one page. A page of the shortest updates (200 bytes) is full before.</summary>
    public const int RedisPageRecords = 256;

    /// <summary>Records asked for at once at most: at full size they fit into a reply (RedisReplyBytesMax). Their average size says how many.</summary>
    public const int RedisReadRecordsMax = 100;

    /// <summary>Bytes of pages that one open partition keeps for its readers: some seconds of a busy partition.</summary>
    public const int RedisCacheBytesMax = 4 * 1024 * 1024;

    /// <summary>How long a read of the newest records waits for one at the server, milliseconds: how late a dead connection is noticed.</summary>
    public const int RedisTailBlockMs = 2_000;

    /// <summary>Pause after a read that failed, milliseconds.</summary>
    public const int RedisReadPauseMs = 250;

    /// <summary>How often the partitions are looked at and trimmed, milliseconds.</summary>
    public const int RedisWatchMs = 5_000;

    /// <summary>How soon a server that refused appends is asked again, milliseconds.</summary>
    public const int RedisProbeMs = 500;

    /// <summary>Records that one XTRIM may remove: the server does nothing else meanwhile.</summary>
    public const int RedisTrimRecords = 1_000;

    /// <summary>XTRIMs of one partition in a row, every RedisWatchMs: 20,000 records a second can go.</summary>
    public const int RedisTrimRounds = 100;

    /// <summary>How often the servers are asked what they may lose, milliseconds. An operator changes it by hand.</summary>
    public const int RedisDurabilityMs = 30_000;

    /// <summary>How long one of them may take to answer that, milliseconds. A stop may wait for it.</summary>
    public const int RedisDurabilityAskMs = 2_000;

    /// <summary>Longest text of a server's error that is shown, characters.</summary>
    public const int RedisFaultCharsMax = 200;
}

namespace EdgeProxy.Primitives;

/// <summary>Bounds of the Redis client.</summary>
internal static partial class Limits
{
    /// <summary>Largest reply accepted, bytes: a hundred records of a stream at full size. A server that says more is not ours.</summary>
    public const int RedisReplyBytesMax = 64 * 1024 * 1024;

    /// <summary>Largest command, bytes: a full-size update with its fields many times over.</summary>
    public const int RedisCommandBytesMax = 16 * 1024 * 1024;

    /// <summary>Deepest nesting of a reply. XREADGROUP has 5 levels, COMMAND DOCS some 10.</summary>
    public const int RedisDepthMax = 32;

    /// <summary>Longest number, length, double or boolean of a reply, characters. A double of 17 digits has 24.</summary>
    public const int RedisNumberCharsMax = 64;

    /// <summary>Commands sent and not answered, of one client: what the journal's queue holds. More is refused, not queued.</summary>
    public const int RedisPendingMax = 4096;

    /// <summary>The same in bytes of commands: bounds memory when large updates meet a server that hangs.</summary>
    public const long RedisPendingBytesMax = 64L * 1024 * 1024;

    /// <summary>Commands that may be rented beside those that are sent: callers that build one or read its reply.</summary>
    public const int RedisRentedMax = 4096;

    /// <summary>Up to this many commands in flight the next one is sent at once; beyond it what comes together is sent together.</summary>
    public const int RedisAtOnceMax = 3;

    /// <summary>Bytes of one write. A larger command is written from its own buffer.</summary>
    public const int RedisBatchBytes = 64 * 1024;

    /// <summary>Bytes read at once: some thousand short replies.</summary>
    public const int RedisReadBytes = 64 * 1024;

    /// <summary>Smallest buffer of a command and of its reply, bytes. Most fit.</summary>
    public const int RedisBufferBytesMin = 512;

    /// <summary>Largest buffer a pooled command keeps, bytes; a larger one goes back to the pool of arrays.</summary>
    public const int RedisBufferKeptBytes = 16 * 1024;

    /// <summary>Default time for one command, milliseconds: Telegram waits 60 s for a webhook, an operator sees an error sooner.</summary>
    public const int RedisCommandMs = 5_000;

    /// <summary>Time to connect, shake hands and log in, milliseconds.</summary>
    public const int RedisConnectMs = 5_000;

    /// <summary>Longest time-out that a command may ask for, milliseconds.</summary>
    public const int RedisCommandMsMax = 600_000;

    /// <summary>How often time-outs are looked at, milliseconds: how much later than its time a command may end.</summary>
    public const int RedisTickMs = 25;

    /// <summary>A connection from which nothing came for so long after a command timed out is replaced, milliseconds.</summary>
    public const int RedisHangMs = 2_000;

    /// <summary>An idle connection is asked whether it lives after this, milliseconds: below the time-outs of common firewalls.</summary>
    public const int RedisPingMs = 15_000;

    /// <summary>First wait before a new connection, milliseconds; doubled with every failure, each half of it random.</summary>
    public const int RedisBackoffFirstMs = 20;

    /// <summary>Longest wait before a new connection, milliseconds: how late a restarted server may be noticed.</summary>
    public const int RedisBackoffMaxMs = 2_000;

    /// <summary>Times that a command which is safe to repeat is written again after its connection broke.</summary>
    public const int RedisReplaysMax = 3;

    /// <summary>Times that one command may be told NOSCRIPT before that is its answer.</summary>
    public const int RedisScriptLoadsMax = 3;

    /// <summary>Times that one command follows MOVED or ASK. A map in motion needs two.</summary>
    public const int RedisRedirectsMax = 8;

    /// <summary>Least time between two readings of the slot map, milliseconds: MOVED already corrects single slots.</summary>
    public const int RedisSlotsRefreshMs = 500;

    /// <summary>Nodes of one cluster that are connected to; the slot map of a larger one is refused.</summary>
    public const int RedisNodesMax = 256;

    /// <summary>Longest user name, password, client name or path in a connection string, characters.</summary>
    public const int RedisWordCharsMax = 512;

    /// <summary>How often it is looked whether the last write of a lost connection has ended, milliseconds: its stream is gone, so it ends at once.</summary>
    public const int RedisDrainPollMs = 1;

    /// <summary>Longest wait at stop for the connections to end, milliseconds.</summary>
    public const int RedisStopMs = 5_000;
}

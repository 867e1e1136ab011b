using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>Which partition an update belongs to. Every process and every version must agree, so this never changes.</summary>
internal static class JournalPartition
{
    /// <summary>
    /// All updates of a queue key of a bot are in one partition, and so is an update that Telegram sends again: its body, and so its key, is the same.
    /// </summary>
    public static int Of(long botId, in QueueKey key, int partitions)
    {
        ulong hash = Mix((ulong)botId);
        hash = Mix(hash ^ (ulong)key.Id);
        hash = Mix(hash ^ (((ulong)key.Scope << 8) | (ulong)key.Kind));
        return (int)(hash % (ulong)partitions);
    }

    /// <summary>The output function of SplitMix64: every bit of the input moves half of those of the output.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

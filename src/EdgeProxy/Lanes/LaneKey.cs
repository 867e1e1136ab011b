namespace EdgeProxy.Lanes;

/// <summary>
/// Which lane: a chat's signed Bot API id; a hash below every legal id for a @username that is not resolved yet or an inline message; 0 for
/// calls without a chat, which only the bot's budget holds.
/// </summary>
internal readonly record struct LaneKey(long Value)
{
    // Legal ids have at most 52 bits, so everything below -2^60 is free for hashes.
    private const long HashBase = long.MinValue;
    private const long HashMask = (1L << 60) - 1;

    public bool IsNone => Value == 0;
    public bool IsPrivate => Value > 0;

    public static LaneKey OfHash(ulong hash) => new(HashBase | (long)(hash & (ulong)HashMask));
}

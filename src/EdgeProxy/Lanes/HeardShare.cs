using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// Hashes of chats that wrote, on their way to other processes: a ring that any thread fills and one loop empties. Lossy: who is pushed out is
/// served as normal elsewhere.
/// </summary>
internal sealed class HeardShare
{
    private readonly ulong[] _ring = new ulong[Limits.HeardShareMax];
    private int _next;
    private int _taken;

    /// <summary>Any thread. No lock, no allocation.</summary>
    public void Add(ulong hash) => Volatile.Write(ref _ring[(Interlocked.Increment(ref _next) - 1) & (Limits.HeardShareMax - 1)], hash);

    /// <summary>Takes the oldest into <paramref name="into"/>; one reader. Returns how many.</summary>
    public int Take(Span<ulong> into)
    {
        int next = Volatile.Read(ref _next);
        if (unchecked(next - _taken) > Limits.HeardShareMax) _taken = unchecked(next - Limits.HeardShareMax);
        int count = 0;
        while (_taken != next && count < into.Length)
        {
            // Zero: its writer has the place and not yet written.
            ulong hash = Interlocked.Exchange(ref _ring[_taken & (Limits.HeardShareMax - 1)], 0);
            _taken = unchecked(_taken + 1);
            if (hash != 0) into[count++] = hash;
        }

        return count;
    }
}

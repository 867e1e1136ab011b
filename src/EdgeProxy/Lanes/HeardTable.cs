using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>
/// Which chats wrote lately. Fixed size and lossy: two chats that share a place push each other out. One word a place, so a reader sees a whole
/// entry without a lock:
/// <code>
/// 63            32 31             0
/// | tag of the key | Unix seconds; 0: empty       |
/// </code>
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="share">In a cluster, takes what other processes do not know yet.</param>
internal sealed class HeardTable(TimeProvider time, HeardShare? share)
{
    private readonly ulong[] _places = new ulong[Limits.HeardPlaces];

    /// <summary>Any thread. No lock, no allocation.</summary>
    public void Heard(ChatKey key)
    {
        ulong hash = key.Hash();
        uint now = Now();
        if (share is not null)
        {
            ulong before = Volatile.Read(ref _places[Place(hash)]);
            if (((before ^ hash) >> 32) != 0 || now - (uint)before > Limits.HeardShareAgainS) share.Add(hash);
        }

        Write(hash, now);
    }

    /// <summary>Another process heard the chat whose key has this hash.</summary>
    public void HeardElsewhere(ulong hash) => Write(hash, Now());

    /// <summary>Whether the chat was heard within Limits.HeardLatelyS and not pushed out.</summary>
    public bool HeardLately(ChatKey key)
    {
        ulong hash = key.Hash();
        ulong entry = Volatile.Read(ref _places[Place(hash)]);
        uint then = (uint)entry;
        return then != 0 && ((entry ^ hash) >> 32) == 0 && (long)Now() - then <= Limits.HeardLatelyS;
    }

    private void Write(ulong hash, uint now) => Volatile.Write(ref _places[Place(hash)], (hash & 0xFFFFFFFF_00000000) | now);

    private static int Place(ulong hash) => (int)(hash & (Limits.HeardPlaces - 1));

    // Fits until 2106. A clock that is set back makes chats heard a little longer.
    private uint Now() => (uint)time.GetUtcNow().ToUnixTimeSeconds();
}

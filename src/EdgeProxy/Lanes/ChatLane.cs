namespace EdgeProxy.Lanes;

/// <summary>
/// One chat of one bot: its budget, and who waits. Kept small, since a bot may touch a million chats: what only few have is behind a reference. A
/// call without a chat has a lane of its own that no one else finds. Owned by the loop.
/// </summary>
internal sealed class ChatLane(LaneKey key)
{
    /// <summary>Mutated in place: a field, not a property.</summary>
    public TokenBucket Bucket;

    public LaneKey Key => key;

    /// <summary>Null when nobody waits.</summary>
    public LaneQueue? Queue { get; set; }

    /// <summary>Null for a chat without a recent 429.</summary>
    public ChatFlood? Flood { get; set; }

    /// <summary>Chain of <see cref="IdleLanes"/>.</summary>
    public ChatLane? NextIdle { get; set; }
    public int InFlight { get; set; }

    /// <summary>See <see cref="LocalBudget"/>: when others may have sent to it.</summary>
    public int Epoch { get; set; }

    /// <summary>A call that keeps the order is in flight: nobody goes.</summary>
    public bool IsHeld { get; set; }
    public bool IsListedIdle { get; set; }

    public bool IsIdle => InFlight == 0 && Queue is null;
}

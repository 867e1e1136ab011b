namespace EdgeProxy.Tests.Admin;

/// <summary>What the stand-in does to one call.</summary>
internal enum Fault
{
    None,

    /// <summary>The connection breaks; nothing was done.</summary>
    DropBefore,

    /// <summary>It is done, and the connection breaks.</summary>
    DropAfter,

    /// <summary>It is done, and the answer says that nobody knows.</summary>
    UnknownAfter,

    /// <summary>429 flood_wait of an hour.</summary>
    FloodHour,

    /// <summary>429 flood_wait of 50 ms.</summary>
    FloodBrief,

    /// <summary>422, for good.</summary>
    Refuse,

    /// <summary>502: Telegram cannot be reached.</summary>
    Unreachable,

    /// <summary>It is done; the answer is held until the stand-in is let go.</summary>
    HoldAfter,
}

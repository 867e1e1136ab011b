namespace EdgeProxy.Fanout;

/// <summary>What a key's queue waits for.</summary>
internal enum KeyState : byte
{
    /// <summary>Nothing: it is empty.</summary>
    Idle,

    /// <summary>A free slot.</summary>
    Ready,

    /// <summary>The answer to its head's attempt.</summary>
    InFlight,

    /// <summary>Its head's next try.</summary>
    Parked,

    /// <summary>Its head, which is on a server and not at hand. It holds a slot.</summary>
    Away,
}

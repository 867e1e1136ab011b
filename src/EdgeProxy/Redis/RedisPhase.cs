namespace EdgeProxy.Redis;

/// <summary>Where a command is. Kept in the low bits of its state, above them the number of its use.</summary>
internal enum RedisPhase
{
    /// <summary>The caller's: being built, or read after the end.</summary>
    Free,

    /// <summary>Sent by the caller, not yet written.</summary>
    Queued,

    /// <summary>A write that holds it has begun.</summary>
    Written,

    /// <summary>It has its outcome. The connection may still wait for a late reply.</summary>
    Done,
}

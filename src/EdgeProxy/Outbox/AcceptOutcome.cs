namespace EdgeProxy.Outbox;

/// <summary>What the store says to something new.</summary>
internal enum AcceptOutcome : byte
{
    /// <summary>On disk.</summary>
    Accepted,

    /// <summary>The idempotency key is known with the same request: this is the earlier one.</summary>
    Repeated,

    /// <summary>The idempotency key is known with another request. Nothing was stored.</summary>
    Conflict,

    /// <summary>The disk failed or too much waits for it. Nothing was stored; again is safe.</summary>
    Unavailable,
}

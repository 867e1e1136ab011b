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

    /// <summary>
    /// The disk or the server failed, or too much waits for it. Nothing was stored; again is safe. In a cluster there is one exception: when the connection
    /// broke while the server was committing, it may be stored, and only under an idempotency key is the same again the same message.
    /// </summary>
    Unavailable,
}

namespace EdgeProxy.Outbox;

/// <summary>What somebody decides about a message.</summary>
internal enum MessageDecision : byte
{
    /// <summary>queued → cancelled.</summary>
    Cancel,

    /// <summary>failed, expired, suppressed, cancelled → queued, with a new life (expires_at is cleared). Not for unknown: resolve it.</summary>
    Retry,

    /// <summary>unknown → sent: it was seen in the chat.</summary>
    ResolveSent,

    /// <summary>unknown → queued: it was not seen; send it again.</summary>
    ResolveResend,

    /// <summary>unknown → failed: give it up.</summary>
    ResolveDrop,

    /// <summary>Any final state → deleted.</summary>
    Delete,
}

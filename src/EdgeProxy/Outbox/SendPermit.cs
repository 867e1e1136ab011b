namespace EdgeProxy.Outbox;

/// <summary>Whether a message may leave now.</summary>
internal enum SendPermit : byte
{
    /// <summary>"sending" is on disk.</summary>
    Granted,

    /// <summary>It was cancelled, paused, deleted or has expired; the store has written what it is.</summary>
    Withdrawn,

    /// <summary>Another owner has begun: this one must stop.</summary>
    Fenced,

    /// <summary>The disk failed; nothing changed.</summary>
    Unavailable,
}

namespace EdgeProxy.Outbox;

/// <summary>What became of the report about an attempt.</summary>
internal enum FinishOutcome : byte
{
    Done,

    /// <summary>The message is not this owner's any more; nothing changed.</summary>
    Refused,

    /// <summary>The disk failed; nothing changed; again is safe.</summary>
    Unavailable,
}

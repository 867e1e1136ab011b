namespace EdgeProxy.Outbox;

/// <summary>What became of a decision.</summary>
internal enum DecisionOutcome : byte
{
    Done,
    NotFound,

    /// <summary>The message's state does not allow it (it is being sent, or already is what it should become).</summary>
    WrongState,

    /// <summary>The disk failed. Nothing changed; again is safe.</summary>
    Unavailable,
}

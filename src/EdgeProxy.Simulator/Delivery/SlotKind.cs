namespace EdgeProxy.Simulator.Delivery;

/// <summary>What is written over a place of a shape.</summary>
internal enum SlotKind
{
    UpdateId,
    UserId,
    GroupId,
    MessageId,

    /// <summary>The whole text between the quotes.</summary>
    Sentence,

    /// <summary>" seq:N" before the closing quote: entity offsets stay right.</summary>
    SequenceSuffix,
}

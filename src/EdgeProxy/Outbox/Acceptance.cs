namespace EdgeProxy.Outbox;

/// <summary>The store's answer to something new.</summary>
/// <param name="Outcome">Whether it is stored.</param>
/// <param name="Id">Its id, or the earlier one's for Repeated and Conflict.</param>
/// <param name="State">Its state now.</param>
internal readonly record struct Acceptance(AcceptOutcome Outcome, MessageId Id, MessageState State);

namespace EdgeProxy.Outbox;

/// <summary>A queue's answer.</summary>
/// <param name="Messages">In the order of the queue.</param>
/// <param name="Next">Where to go on.</param>
/// <param name="End">Nothing lies beyond: the next round begins at the start.</param>
internal readonly record struct PendingPage(IReadOnlyList<PendingMessage> Messages, long Next, bool End);

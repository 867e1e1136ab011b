namespace EdgeProxy.Lanes;

/// <summary>A wish to send, as the scheduler sees it.</summary>
/// <param name="Key">The chat's lane.</param>
/// <param name="Priority">Within the bot and within the lane.</param>
/// <param name="Weight">Messages it counts as, at least 1.</param>
/// <param name="Paid">May use the paid tier.</param>
/// <param name="MaxWaitMs">Refused as soon as it is certain that it cannot be granted within this time, and at the latest then.</param>
/// <param name="HoldsLane">Nobody of this chat goes until it has left again: that is what keeps order. False for streamed uploads.</param>
internal readonly record struct LaneRequest(LaneKey Key, LanePriority Priority, int Weight, bool Paid, int MaxWaitMs, bool HoldsLane);

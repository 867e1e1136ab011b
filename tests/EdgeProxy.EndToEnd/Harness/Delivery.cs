namespace EdgeProxy.EndToEnd.Harness;

/// <summary>One request that the consumer answered; <paramref name="At"/> is a Stopwatch timestamp taken just before the answer.</summary>
internal sealed record Delivery(long UpdateId, long Chat, long Sequence, int Attempt, int Status, long At);

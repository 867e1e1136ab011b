namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>A broadcast as the message API tells it.</summary>
internal sealed record BroadcastProgress(string Status, long Recipients, long Queued, long Sent);

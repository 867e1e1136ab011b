namespace EdgeProxy.LoadTests.Processes;

/// <summary>A send that the simulator accepted, as /sim/sends tells it.</summary>
internal sealed record AcceptedSend(long Number, long ChatId, long AtUnixMs, string Text);

namespace EdgeProxy.FakeDc.Wire;

/// <summary>One message to the client, numbered but not yet encrypted.</summary>
internal sealed record Outgoing(AuthKey Key, long SessionId, long Salt, long MessageId, int SeqNo, byte[] Body);

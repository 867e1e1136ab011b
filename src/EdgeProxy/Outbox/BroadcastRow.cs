namespace EdgeProxy.Outbox;

/// <summary>A broadcast's row as the engine needs it.</summary>
internal sealed record BroadcastRow(
    long Id, long BotId, BroadcastState State, long LastRecipient, int Flags, int Weight, long NotBeforeUnixMs, long ExpiresAtUnixMs, string Method,
    byte[] Parameters);

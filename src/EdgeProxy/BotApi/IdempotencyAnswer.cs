namespace EdgeProxy.BotApi;

/// <summary>An answer as it was given to the first caller.</summary>
internal sealed record IdempotencyAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body);

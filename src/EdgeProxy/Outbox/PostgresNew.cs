namespace EdgeProxy.Outbox;

/// <summary>A row of outbox_message that is to be inserted.</summary>
internal sealed record PostgresNew
{
    public required long Id { get; init; }
    public required bool IsReady { get; init; }
    public required long BotId { get; init; }
    public required long Queue { get; init; }
    public required long Lane { get; init; }
    public required long Chat { get; init; }
    public long Broadcast { get; init; }
    public int Flags { get; init; }
    public int Weight { get; init; }
    public long NotBeforeUnixMs { get; init; }
    public long ExpiresAtUnixMs { get; init; }
    public string? Method { get; init; }
    public string? ChatName { get; init; }
    public string? Callback { get; init; }
    public string? Key { get; init; }
    public byte[]? Parameters { get; init; }
}

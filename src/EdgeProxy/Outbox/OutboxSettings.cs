using EdgeProxy.Lanes;

namespace EdgeProxy.Outbox;

/// <summary>The outbox's settings.</summary>
/// <param name="UploadDir">Folder of files that wait for their message; it is made when it does not exist.</param>
internal sealed record OutboxSettings(string UploadDir)
{
    /// <summary>Final messages, their history and call-backs are deleted when they are older than this, days.</summary>
    public int RetentionDays { get; init; } = 30;

    /// <summary>Sends a message over MTProto; null where that is not set up: such messages then wait.</summary>
    public Func<PendingMessage, CancellationToken, Task<SendResult>>? Mtproto { get; init; }
}

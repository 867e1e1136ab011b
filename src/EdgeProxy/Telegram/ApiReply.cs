namespace EdgeProxy.Telegram;

/// <summary>Telegram's answer to one call, or why there is none.</summary>
/// <param name="Status">HTTP status; 0 when no answer came.</param>
/// <param name="Body">The answer's bytes as they came; empty when none.</param>
/// <param name="Ok">The answer says "ok":true.</param>
/// <param name="RetryAfterS">parameters.retry_after in seconds; 0 when absent.</param>
/// <param name="Description">Telegram's description, or what went wrong on the way, without any token; null when ok.</param>
internal readonly record struct ApiReply(int Status, byte[] Body, bool Ok, int RetryAfterS, string? Description)
{
    /// <summary>parameters.migrate_to_chat_id; 0 when absent.</summary>
    public long MigrateToChatId { get; init; }

    /// <summary>The body is an answer of the Bot API (one JSON object); false for a gateway's page and when none came.</summary>
    public bool IsBotApi { get; init; }

    /// <summary>No byte of the call left us, so another attempt cannot double it. Only of use when <see cref="Status"/> is 0.</summary>
    public bool NotSent { get; init; }

    /// <summary>The answer's headers as they came, without those of the connection (hop-by-hop) and the length; null when no answer came.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Headers { get; init; }
}

namespace EdgeProxy.Simulator.Telegram;

/// <summary>What the server remembers of one chat of one bot. Guarded by its <see cref="BotChats"/>.</summary>
internal sealed class ChatState(TokenBucket bucket)
{
    public TokenBucket Bucket { get; } = bucket;
    public long LastMessageId { get; set; }
}

namespace EdgeProxy.Simulator.Telegram;

/// <summary>What the server remembers of one chat of one bot. Guarded by its <see cref="BotChats"/>.</summary>
/// <param name="bucket">The limit of the chat; null when limits are off.</param>
/// <param name="second">A group's limit per second beside the one per minute; null when it has none.</param>
internal sealed class ChatState(TokenBucket? bucket, TokenBucket? second)
{
    private int _inFlight;

    public TokenBucket? Bucket { get; } = bucket;
    public TokenBucket? Second { get; } = second;
    public long LastMessageId { get; set; }

    /// <summary>Accepted calls.</summary>
    public int Sends { get; set; }

    /// <summary>Messages of the accepted calls.</summary>
    public long Messages { get; set; }

    /// <summary>429 answers by limits.</summary>
    public int Floods { get; set; }

    /// <summary>Messages on the way to the chat, with these.</summary>
    public int Enter(int weight) => Interlocked.Add(ref _inFlight, weight);

    public void Leave(int weight) => Interlocked.Add(ref _inFlight, -weight);
}

namespace EdgeProxy.Simulator.Telegram;

/// <summary>A send as the log keeps it: no object of its own. The text stands in its <see cref="SendChunk"/>.</summary>
internal struct SendEntry
{
    public long BotId;
    public long ChatId;
    public long MessageId;
    public long AtUnixMs;
    public long FileBytes;
    public string Method;

    /// <summary>Null: it follows from the text and is computed when it is asked for.</summary>
    public string? Sha256;
    public int ChatNumber;
    public int Weight;
    public int TextAt;
    public int TextBytes;
}

using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>One update as read back. <see cref="Body"/> belongs to the reader: valid until its next call.</summary>
internal struct JournalRecord
{
    public long Position;
    public long NextPosition;
    public long BotId;

    /// <summary>When EdgeProxy received it, Unix milliseconds.</summary>
    public long ReceivedUnixMs;
    public UpdateEnvelope Envelope;
    public ReadOnlyMemory<byte> Body;
}

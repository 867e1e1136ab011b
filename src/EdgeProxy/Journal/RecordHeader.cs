using EdgeProxy.Telegram;

namespace EdgeProxy.Journal;

/// <summary>A record's header as decoded by <see cref="RecordCodec"/>.</summary>
internal struct RecordHeader
{
    public RecordType Type;

    /// <summary>Header, body and padding, bytes; a multiple of 8.</summary>
    public int TotalBytes;
    public int BodyBytes;
    public uint BodyCrc;
    public long Position;

    /// <summary>Bytes back to the first record of the fsync batch this one was written in.</summary>
    public int BatchDelta;
    public long BotId;
    public long ReceivedUnixMs;
    public UpdateEnvelope Envelope;
}

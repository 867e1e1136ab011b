using System.Buffers.Binary;
using System.Security.Cryptography;
using EdgeProxy.FakeDc.Crypto;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>
/// One encrypted message:
/// <code>
/// auth_key_id:i64 msg_key:16 IGE( salt:i64 session_id:i64 msg_id:i64 seq_no:i32 length:i32 body padding:12…1024 )
/// </code>
/// </summary>
internal sealed record Packet(long Salt, long SessionId, long MessageId, int SeqNo, ReadOnlyMemory<byte> Body)
{
    private const int EnvelopeBytes = 24;
    private const int HeadBytes = 32;
    private const int PaddingMin = 12;
    private const int PaddingMax = 1024;
    private const int Block = 16;

    /// <returns>Null when anything about it is wrong: a wrong key, a changed byte, a false length.</returns>
    public static Packet? Decrypt(byte[] authKey, ReadOnlySpan<byte> frame)
    {
        // A padded transport leaves up to 15 bytes behind the last block.
        var length = (frame.Length - EnvelopeBytes) / Block * Block;
        if (length < HeadBytes + PaddingMin)
            return null;
        var messageKey = frame.Slice(8, 16);
        var (key, iv) = MessageKeys.ForMessage(authKey, messageKey, fromClient: true);
        var plain = AesIge.Decrypt(key, iv, frame.Slice(EnvelopeBytes, length));
        if (!MessageKeys.MessageKey(authKey, plain, fromClient: true).AsSpan().SequenceEqual(messageKey))
            return null;
        var bodyLength = BinaryPrimitives.ReadInt32LittleEndian(plain.AsSpan(28));
        var padding = plain.Length - HeadBytes - bodyLength;
        if (bodyLength < 0 || bodyLength % 4 != 0 || padding is < PaddingMin or > PaddingMax)
            return null;
        return new Packet(
            BinaryPrimitives.ReadInt64LittleEndian(plain),
            BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(8)),
            BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(16)),
            BinaryPrimitives.ReadInt32LittleEndian(plain.AsSpan(24)),
            plain.AsMemory(HeadBytes, bodyLength));
    }

    public static byte[] Encrypt(Outgoing message) => Encrypt(message, fromClient: false);

    /// <summary>The client's direction is for the checks only.</summary>
    public static byte[] Encrypt(Outgoing message, bool fromClient)
    {
        var length = (HeadBytes + message.Body.Length + PaddingMin + Block - 1) / Block * Block;
        var plain = new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(plain, message.Salt);
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(8), message.SessionId);
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(16), message.MessageId);
        BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(24), message.SeqNo);
        BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(28), message.Body.Length);
        message.Body.CopyTo(plain, HeadBytes);
        RandomNumberGenerator.Fill(plain.AsSpan(HeadBytes + message.Body.Length));
        var messageKey = MessageKeys.MessageKey(message.Key.Key, plain, fromClient);
        var (key, iv) = MessageKeys.ForMessage(message.Key.Key, messageKey, fromClient);
        var frame = new byte[EnvelopeBytes + length];
        BinaryPrimitives.WriteInt64LittleEndian(frame, message.Key.Id);
        messageKey.CopyTo(frame, 8);
        AesIge.Encrypt(key, iv, plain).CopyTo(frame, EnvelopeBytes);
        return frame;
    }
}

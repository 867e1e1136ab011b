using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EdgeProxy.BotApi;

/// <summary>A SHA-256 that is compared and used as a key in memory. Equality is of all 32 bytes.</summary>
internal readonly record struct IdempotencyHash(UInt128 High, UInt128 Low)
{
    private const int HalfBytes = 16;

    public static IdempotencyHash Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(data, hash);
        return FromBytes(hash);
    }

    /// <summary>Takes the 32 bytes of a finished hash.</summary>
    public static IdempotencyHash FromBytes(ReadOnlySpan<byte> hash) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[HalfBytes..]));

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(HalfBytes), Low);
        return bytes;
    }
}

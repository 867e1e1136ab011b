using System.Security.Cryptography;

namespace EdgeProxy.FakeDc.Crypto;

/// <summary>Key derivations of MTProto. Source: core.telegram.org/mtproto/description and /mtproto/auth_key.</summary>
internal static class MessageKeys
{
    /// <summary>MTProto 2.0: the middle 128 bits of SHA-256 over 32 bytes of the key and the padded message.</summary>
    public static byte[] MessageKey(ReadOnlySpan<byte> authKey, ReadOnlySpan<byte> padded, bool fromClient)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(authKey.Slice(88 + Shift(fromClient), 32));
        sha.AppendData(padded);
        return sha.GetHashAndReset()[8..24];
    }

    /// <summary>MTProto 2.0: AES key and IV of one message.</summary>
    public static (byte[] Key, byte[] Iv) ForMessage(ReadOnlySpan<byte> authKey, ReadOnlySpan<byte> messageKey, bool fromClient)
    {
        var x = Shift(fromClient);
        var a = SHA256.HashData([.. messageKey, .. authKey.Slice(x, 36)]);
        var b = SHA256.HashData([.. authKey.Slice(40 + x, 36), .. messageKey]);
        return ([.. a[..8], .. b[8..24], .. a[24..]], [.. b[..8], .. a[8..24], .. b[24..]]);
    }

    /// <summary>MTProto 1.0, which lives on inside auth.bindTempAuthKey only; always from the client.</summary>
    public static (byte[] Key, byte[] Iv) ForBinding(ReadOnlySpan<byte> authKey, ReadOnlySpan<byte> messageKey)
    {
        var a = Sha1([.. messageKey, .. authKey[..32]]);
        var b = Sha1([.. authKey[32..48], .. messageKey, .. authKey[48..64]]);
        var c = Sha1([.. authKey[64..96], .. messageKey]);
        var d = Sha1([.. messageKey, .. authKey[96..128]]);
        return ([.. a[..8], .. b[8..20], .. c[4..16]], [.. a[8..20], .. b[..8], .. c[16..20], .. d[..8]]);
    }

    /// <summary>Of the key exchange's two encrypted steps.</summary>
    public static (byte[] Key, byte[] Iv) ForExchange(ReadOnlySpan<byte> serverNonce, ReadOnlySpan<byte> newNonce)
    {
        var first = Sha1([.. newNonce, .. serverNonce]);
        var second = Sha1([.. serverNonce, .. newNonce]);
        var third = Sha1([.. newNonce, .. newNonce]);
        return ([.. first, .. second[..12]], [.. second[12..20], .. third, .. newNonce[..4]]);
    }

    /// <summary>The low 64 bits of SHA-1: names a key on the wire.</summary>
    public static long KeyId(ReadOnlySpan<byte> authKey) => BitConverter.ToInt64(Sha1(authKey), 12);

    /// <summary>The protocol is built on it; nothing here relies on its strength.</summary>
    public static byte[] Sha1(ReadOnlySpan<byte> data) => SHA1.HashData(data);

    private static int Shift(bool fromClient) => fromClient ? 0 : 8;
}

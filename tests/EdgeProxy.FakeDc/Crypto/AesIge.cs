using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EdgeProxy.FakeDc.Crypto;

/// <summary>
/// AES-256 in IGE mode: c[i] = E(p[i] ^ c[i-1]) ^ p[i-1], with c[-1] and p[-1] the two halves of the IV. The platform has no IGE, so both ways
/// are put on what it has.
/// </summary>
internal static class AesIge
{
    private const int Block = 16;

    /// <summary>
    /// With d[i] = c[i] ^ p[i-1] the mode reads d[i] = E(p[i] ^ p[i-2] ^ d[i-1]): CBC over p[i] ^ p[i-2], in one call. The first two blocks
    /// lack what stands before them: p[-1] is the IV's second half and, so that d[-1] is c[-1], p[-2] is zero.
    /// </summary>
    public static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> plain)
    {
        CheckLengths(key, iv, plain);
        var mixed = new byte[plain.Length];
        for (var at = 0; at < plain.Length; at += Block)
        {
            var before = at >= 2 * Block ? plain.Slice(at - (2 * Block), Block) : at == Block ? iv[Block..] : default;
            if (before.IsEmpty)
                plain.Slice(at, Block).CopyTo(mixed.AsSpan(at));
            else
                Xor(plain.Slice(at, Block), before, mixed.AsSpan(at, Block));
        }

        using var aes = Aes.Create();
        aes.SetKey(key);
        var result = aes.EncryptCbc(mixed, iv[..Block], PaddingMode.None);
        for (var at = 0; at < result.Length; at += Block)
        {
            var block = result.AsSpan(at, Block);
            Xor(block, at == 0 ? iv[Block..] : plain.Slice(at - Block, Block), block);
        }

        return result;
    }

    /// <summary>p[i] = D(c[i] ^ p[i-1]) ^ c[i-1]: each block needs the one before, so they go one by one.</summary>
    public static byte[] Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> cipher)
    {
        CheckLengths(key, iv, cipher);
        var result = new byte[cipher.Length];
        if (AesBlocks.IsSupported)
            AesBlocks.DecryptIge(key, iv, cipher, result);
        else
            DecryptSlowly(key, iv, cipher, result);
        return result;
    }

    /// <summary>The same through the platform's ECB, a call a block: for processors without AES instructions, and to check the other by.</summary>
    public static void DecryptSlowly(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> cipher, Span<byte> result)
    {
        using var aes = Aes.Create();
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        using var decryptor = aes.CreateDecryptor(key.ToArray(), null);
        var block = new byte[Block];
        for (var at = 0; at < cipher.Length; at += Block)
        {
            Xor(cipher.Slice(at, Block), at == 0 ? iv[Block..] : result.Slice(at - Block, Block), block);
            decryptor.TransformBlock(block, 0, Block, block, 0);
            Xor(block, at == 0 ? iv[..Block] : cipher.Slice(at - Block, Block), result.Slice(at, Block));
        }
    }

    private static void Xor(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> into)
    {
        var a = MemoryMarshal.Cast<byte, ulong>(left);
        var b = MemoryMarshal.Cast<byte, ulong>(right);
        var c = MemoryMarshal.Cast<byte, ulong>(into);
        c[0] = a[0] ^ b[0];
        c[1] = a[1] ^ b[1];
    }

    private static void CheckLengths(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> data)
    {
        if (key.Length != 32 || iv.Length != 32 || data.Length % Block != 0)
            throw new CryptographicException("IGE takes a key and an IV of 32 bytes and whole blocks");
    }
}

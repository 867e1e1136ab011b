using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeProxy.FakeDc.Crypto;

/// <summary>IGE decryption on the processor's own AES instructions: a file of 2,000 MiB is 131 million blocks that cannot be done side by side.</summary>
internal static class AesBlocks
{
    private const int Rounds = 14;

    public static bool IsSupported => Aes.IsSupported;

    public static void DecryptIge(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> cipher, Span<byte> result)
    {
        Span<Vector128<byte>> keys = stackalloc Vector128<byte>[Rounds + 1];
        ExpandForDecryption(key, keys);
        var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(cipher);
        var plain = MemoryMarshal.Cast<byte, Vector128<byte>>(result);
        var cipherBefore = Vector128.Create(iv[..16]);
        var plainBefore = Vector128.Create(iv[16..]);
        for (var i = 0; i < blocks.Length; i++)
        {
            var state = blocks[i] ^ plainBefore ^ keys[Rounds];
            for (var round = Rounds - 1; round > 0; round--)
                state = Aes.Decrypt(state, keys[round]);
            plainBefore = Aes.DecryptLast(state, keys[0]) ^ cipherBefore;
            cipherBefore = blocks[i];
            plain[i] = plainBefore;
        }
    }

    /// <summary>FIPS 197 §5.2 for 256-bit keys, then the inverse mix of all but the first and last round keys.</summary>
    private static void ExpandForDecryption(ReadOnlySpan<byte> key, Span<Vector128<byte>> keys)
    {
        keys[0] = Vector128.Create(key[..16]);
        keys[1] = Vector128.Create(key[16..]);
        keys[2] = EvenKey(keys[0], Aes.KeygenAssist(keys[1], 0x01));
        keys[3] = OddKey(keys[1], keys[2]);
        keys[4] = EvenKey(keys[2], Aes.KeygenAssist(keys[3], 0x02));
        keys[5] = OddKey(keys[3], keys[4]);
        keys[6] = EvenKey(keys[4], Aes.KeygenAssist(keys[5], 0x04));
        keys[7] = OddKey(keys[5], keys[6]);
        keys[8] = EvenKey(keys[6], Aes.KeygenAssist(keys[7], 0x08));
        keys[9] = OddKey(keys[7], keys[8]);
        keys[10] = EvenKey(keys[8], Aes.KeygenAssist(keys[9], 0x10));
        keys[11] = OddKey(keys[9], keys[10]);
        keys[12] = EvenKey(keys[10], Aes.KeygenAssist(keys[11], 0x20));
        keys[13] = OddKey(keys[11], keys[12]);
        keys[14] = EvenKey(keys[12], Aes.KeygenAssist(keys[13], 0x40));
        for (var round = 1; round < Rounds; round++)
            keys[round] = Aes.InverseMixColumns(keys[round]);
    }

    private static Vector128<byte> EvenKey(Vector128<byte> before, Vector128<byte> assist) =>
        RunningXor(before) ^ Sse2.Shuffle(assist.AsInt32(), 0xff).AsByte();

    private static Vector128<byte> OddKey(Vector128<byte> before, Vector128<byte> even) =>
        RunningXor(before) ^ Sse2.Shuffle(Aes.KeygenAssist(even, 0).AsInt32(), 0xaa).AsByte();

    /// <summary>Each word becomes the XOR of itself and those before it.</summary>
    private static Vector128<byte> RunningXor(Vector128<byte> words)
    {
        words ^= Sse2.ShiftLeftLogical128BitLane(words, 4);
        return words ^ Sse2.ShiftLeftLogical128BitLane(words, 8);
    }
}

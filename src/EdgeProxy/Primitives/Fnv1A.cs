using System.Text;

namespace EdgeProxy.Primitives;

/// <summary>
/// FNV-1a, 64 bits, over the UTF-8 of a text. For finding, never for telling apart: whoever needs that compares the texts. The state file holds such
/// hashes, so the results must stay as they are. Source: draft-eastlake-fnv, 64-bit offset basis and prime.
/// </summary>
internal static class Fnv1A
{
    private const ulong OffsetBasis = 14_695_981_039_346_656_037;
    private const ulong Prime = 1_099_511_628_211;

    /// <param name="seed">Mixed into the beginning: the same text of two bots has two hashes. 0 is FNV-1a as published.</param>
    /// <param name="text">The text.</param>
    public static ulong Hash(ulong seed, string text)
    {
        ulong hash = OffsetBasis ^ seed;
        Span<byte> utf8 = stackalloc byte[Limits.IdempotencyKeyCharsMax * 3];
        byte[]? large = text.Length > Limits.IdempotencyKeyCharsMax ? Encoding.UTF8.GetBytes(text) : null;
        ReadOnlySpan<byte> bytes = large ?? utf8[..Encoding.UTF8.GetBytes(text, utf8)];
        foreach (byte one in bytes) hash = unchecked((hash ^ one) * Prime);
        return hash;
    }
}

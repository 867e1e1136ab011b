using System.Numerics;
using System.Security.Cryptography;

namespace EdgeProxy.FakeDc.Crypto;

/// <summary>Big-endian numbers, and the prime that Telegram hands to every client.</summary>
internal static class Numbers
{
    public const int DhBytes = 256;

    /// <summary>The 2048-bit safe prime of Telegram's key exchange and passwords; clients know it and skip the slow check of it.</summary>
    public static BigInteger DhPrime { get; } = BigInteger.Parse(
        "0C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37"
        + "20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F642477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4"
        + "A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
        + "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B",
        System.Globalization.NumberStyles.HexNumber,
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A generator of the prime's quadratic residues.</summary>
    public const int Generator = 3;

    public static BigInteger Read(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    /// <summary>Filled up with zeros to <paramref name="length"/> bytes.</summary>
    public static byte[] Write(BigInteger number, int length = DhBytes)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        var result = new byte[length];
        bytes.CopyTo(result, length - bytes.Length);
        return result;
    }

    /// <summary>Without leading zeros, as the key exchange writes p, q and pq.</summary>
    public static byte[] WriteShort(BigInteger number) => number.ToByteArray(isUnsigned: true, isBigEndian: true);

    public static BigInteger Random() => Read(RandomNumberGenerator.GetBytes(DhBytes));

    public static long RandomLong() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));

    /// <summary>Between 2^(2048-64) and the prime less that: what both sides of the exchange must check.</summary>
    public static bool IsSafe(BigInteger number)
    {
        var margin = BigInteger.One << (2048 - 64);
        return number > margin && number < DhPrime - margin;
    }
}

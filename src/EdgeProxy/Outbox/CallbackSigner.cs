using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeProxy.Outbox;

/// <summary>
/// Signs status call-backs. X-Edge-Signature: t=&lt;Unix seconds&gt;,v1=&lt;hex of HMAC-SHA256(secret, t "." body)&gt;. The time is part of what is signed,
/// so that a receiver can refuse an old call-back that somebody recorded and plays again.
/// </summary>
internal static class CallbackSigner
{
    public const string Header = "X-Edge-Signature";

    public static string Sign(ReadOnlySpan<byte> secret, long unixSeconds, ReadOnlySpan<byte> body)
    {
        string time = unixSeconds.ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.ASCII.GetBytes(time + "."));
        hmac.AppendData(body);
        return $"t={time},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }
}

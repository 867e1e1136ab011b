using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Crypto;

/// <summary>The key by which a client knows that it speaks to this data centre.</summary>
internal sealed class ServerRsaKey : IDisposable
{
    private const int Bits = 2048;
    private const int EncryptedBytes = Bits / 8;
    private const int DataBytes = 192;

    private readonly RSA _rsa;
    private readonly BigInteger _modulus;
    private readonly BigInteger _secret;

    private ServerRsaKey(RSA rsa)
    {
        _rsa = rsa;
        var parameters = rsa.ExportParameters(true);
        _modulus = Numbers.Read(parameters.Modulus);
        _secret = Numbers.Read(parameters.D);
        var named = new TlWriter().Bytes(parameters.Modulus).Bytes(parameters.Exponent).ToArray();
        Fingerprint = BitConverter.ToInt64(MessageKeys.Sha1(named), 12);
    }

    /// <summary>The low 64 bits of SHA-1 over modulus and exponent.</summary>
    public long Fingerprint { get; }

    /// <summary>Sixteen hexadecimal digits.</summary>
    public string FingerprintText => Fingerprint.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>PKCS#1: "BEGIN RSA PUBLIC KEY".</summary>
    public string PublicPem => _rsa.ExportRSAPublicKeyPem();

    /// <summary>A new key, or the one that <paramref name="file"/> keeps from an earlier start.</summary>
    public static ServerRsaKey Open(string? file)
    {
        var rsa = RSA.Create(Bits);
        if (file is not null && File.Exists(file))
            rsa.ImportFromPem(File.ReadAllText(file));
        var key = new ServerRsaKey(rsa);
        // The client looks keys up by the fingerprint printed without leading zeros: one key in sixteen it would never find.
        while (key.FingerprintText[0] == '0')
        {
            key.Dispose();
            key = new ServerRsaKey(RSA.Create(Bits));
        }

        if (file is not null)
            File.WriteAllText(file, key._rsa.ExportRSAPrivateKeyPem());
        return key;
    }

    /// <summary>
    /// Undoes RSA_PAD: the number is <c>key ^ SHA256(body)</c> and <c>body</c>, the body is <c>reversed data (192) · SHA256(key · data)</c> under
    /// AES-IGE with that key and no IV.
    /// </summary>
    /// <returns>The 192 bytes with their random tail; null when the hash is wrong.</returns>
    public byte[]? Unpad(ReadOnlySpan<byte> encrypted)
    {
        if (encrypted.Length != EncryptedBytes)
            return null;
        var padded = Numbers.Write(BigInteger.ModPow(Numbers.Read(encrypted), _secret, _modulus), EncryptedBytes);
        var key = padded[..32];
        var mask = SHA256.HashData(padded.AsSpan(32));
        for (var i = 0; i < key.Length; i++)
            key[i] ^= mask[i];
        var body = AesIge.Decrypt(key, new byte[32], padded.AsSpan(32));
        var data = body[..DataBytes];
        Array.Reverse(data);
        return SHA256.HashData([.. key, .. data]).AsSpan().SequenceEqual(body.AsSpan(DataBytes)) ? data : null;
    }

    public void Dispose() => _rsa.Dispose();
}

using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace EdgeProxy.FakeDc.Crypto;

/// <summary>
/// The server's side of Telegram's password check (core.telegram.org/api/srp): SRP with SHA-256 and PBKDF2-HMAC-SHA-512. It keeps only what a
/// server may keep: the salts and v = g^x.
/// </summary>
internal sealed class SrpPassword
{
    private const int Iterations = 100_000;

    private readonly BigInteger _verifier;

    public SrpPassword(string password)
    {
        var hash = PasswordHash(Encoding.UTF8.GetBytes(password), Salt1, Salt2);
        _verifier = BigInteger.ModPow(Numbers.Generator, Numbers.Read(hash), Numbers.DhPrime);
    }

    public byte[] Salt1 { get; } = RandomNumberGenerator.GetBytes(16);

    public byte[] Salt2 { get; } = RandomNumberGenerator.GetBytes(16);

    private static byte[] Prime => Numbers.Write(Numbers.DhPrime);

    private static byte[] GeneratorBytes => Numbers.Write(Numbers.Generator);

    private static BigInteger Multiplier => Numbers.Read(SHA256.HashData([.. Prime, .. GeneratorBytes]));

    /// <summary>One attempt: the secret b and what is shown of it.</summary>
    public (BigInteger Secret, byte[] Shown) Begin()
    {
        var secret = Numbers.Random();
        var shown = ((Multiplier * _verifier) + BigInteger.ModPow(Numbers.Generator, secret, Numbers.DhPrime)) % Numbers.DhPrime;
        return (secret, Numbers.Write(shown));
    }

    /// <summary>Whether <paramref name="proof"/> could only be made with the password.</summary>
    public bool Check(BigInteger secret, byte[] shown, byte[] clientShown, byte[] proof)
    {
        var a = Numbers.Read(clientShown);
        if (clientShown.Length != Numbers.DhBytes || !Numbers.IsSafe(a))
            return false;
        var u = Numbers.Read(SHA256.HashData([.. clientShown, .. shown]));
        var shared = BigInteger.ModPow(a * BigInteger.ModPow(_verifier, u, Numbers.DhPrime), secret, Numbers.DhPrime);
        var key = SHA256.HashData(Numbers.Write(shared));
        var mixed = SHA256.HashData(Prime);
        var generator = SHA256.HashData(GeneratorBytes);
        for (var i = 0; i < mixed.Length; i++)
            mixed[i] ^= generator[i];
        byte[] all = [.. mixed, .. SHA256.HashData(Salt1), .. SHA256.HashData(Salt2), .. clientShown, .. shown, .. key];
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(all), proof);
    }

    public static byte[] PasswordHash(byte[] password, byte[] salt1, byte[] salt2)
    {
        var first = Salted(Salted(password, salt1), salt2);
        return Salted(Rfc2898DeriveBytes.Pbkdf2(first, salt1, Iterations, HashAlgorithmName.SHA512, 64), salt2);
    }

    private static byte[] Salted(byte[] data, byte[] salt) => SHA256.HashData([.. salt, .. data, .. salt]);
}

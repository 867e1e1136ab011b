using System.Numerics;
using System.Security.Cryptography;
using EdgeProxy.FakeDc.Crypto;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>
/// The server's side of creating a key, one per connection: req_pq_multi → resPQ, req_DH_params → server_DH_params_ok,
/// set_client_DH_params → dh_gen_ok. Source: core.telegram.org/mtproto/auth_key.
/// </summary>
internal sealed class KeyExchange(ServerRsaKey rsa, TimeProvider time)
{
    // Primes of ten bits more than a client can try by hand, small enough that fifty clients are not kept waiting.
    private static readonly BigInteger P = 1_000_003;
    private static readonly BigInteger Q = 1_000_033;

    private byte[] _nonce = [];
    private byte[] _serverNonce = [];
    private byte[] _newNonce = [];
    private BigInteger _secret;
    private int _expiresIn;
    private int _dcId;

    /// <summary>The key that the last answer completed; null before that.</summary>
    public AuthKey? Created { get; private set; }

    /// <returns>The answer; null when the request is wrong and the connection must go.</returns>
    public TlObject? Handle(TlObject request) => request.Name switch
    {
        "req_pq_multi" => Begin(request),
        "req_DH_params" => AnswerHalf(request),
        "set_client_DH_params" => Complete(request),
        _ => null,
    };

    private TlObject Begin(TlObject request)
    {
        _nonce = request.Bytes("nonce");
        _serverNonce = RandomNumberGenerator.GetBytes(16);
        return new TlObject("resPQ")
        {
            ["nonce"] = _nonce,
            ["server_nonce"] = _serverNonce,
            ["pq"] = Numbers.WriteShort(P * Q),
            ["server_public_key_fingerprints"] = new List<object> { rsa.Fingerprint },
        };
    }

    private TlObject? AnswerHalf(TlObject request)
    {
        if (!IsOurs(request) || request.Long("public_key_fingerprint") != rsa.Fingerprint)
            return null;
        var unpadded = rsa.Unpad(request.Bytes("encrypted_data"));
        if (unpadded is null)
            return null;
        var inner = new TlReader(unpadded).Object();
        if (inner.Name is not ("p_q_inner_data_dc" or "p_q_inner_data_temp_dc") || !IsOurs(inner)
            || Numbers.Read(inner.Bytes("p")) != P || Numbers.Read(inner.Bytes("q")) != Q)
            return null;
        _newNonce = inner.Bytes("new_nonce");
        _expiresIn = inner.Int("expires_in");
        // Media-only ones are written negative, test ones 10,000 higher.
        _dcId = Math.Abs(inner.Int("dc")) % 10_000;
        BigInteger shown;
        do
        {
            _secret = Numbers.Random();
            shown = BigInteger.ModPow(Numbers.Generator, _secret, Numbers.DhPrime);
        }
        while (!Numbers.IsSafe(shown));
        var answer = TlWriter.Boxed(new TlObject("server_DH_inner_data")
        {
            ["nonce"] = _nonce,
            ["server_nonce"] = _serverNonce,
            ["g"] = Numbers.Generator,
            ["dh_prime"] = Numbers.Write(Numbers.DhPrime),
            ["g_a"] = Numbers.Write(shown),
            ["server_time"] = (int)time.GetUtcNow().ToUnixTimeSeconds(),
        });
        var (key, iv) = MessageKeys.ForExchange(_serverNonce, _newNonce);
        var hashed = new byte[(20 + answer.Length + 15) / 16 * 16];
        RandomNumberGenerator.Fill(hashed);
        MessageKeys.Sha1(answer).CopyTo(hashed, 0);
        answer.CopyTo(hashed, 20);
        return new TlObject("server_DH_params_ok")
        {
            ["nonce"] = _nonce,
            ["server_nonce"] = _serverNonce,
            ["encrypted_answer"] = AesIge.Encrypt(key, iv, hashed),
        };
    }

    private TlObject? Complete(TlObject request)
    {
        var encrypted = request.Bytes("encrypted_data");
        if (!IsOurs(request) || _newNonce.Length == 0 || encrypted.Length % 16 != 0 || encrypted.Length < 32)
            return null;
        var (key, iv) = MessageKeys.ForExchange(_serverNonce, _newNonce);
        var plain = AesIge.Decrypt(key, iv, encrypted);
        var reader = new TlReader(plain.AsMemory(20));
        var inner = reader.Object();
        if (!MessageKeys.Sha1(plain.AsSpan(20, reader.At)).AsSpan().SequenceEqual(plain.AsSpan(0, 20)) || !IsOurs(inner))
            return null;
        var shown = Numbers.Read(inner.Bytes("g_b"));
        if (!Numbers.IsSafe(shown))
            return null;
        var authKey = Numbers.Write(BigInteger.ModPow(shown, _secret, Numbers.DhPrime));
        var salt = BitConverter.ToInt64(_newNonce) ^ BitConverter.ToInt64(_serverNonce);
        var now = (int)time.GetUtcNow().ToUnixTimeSeconds();
        Created = new AuthKey(authKey, salt, _expiresIn == 0 ? 0 : now + _expiresIn) { CreatedAt = now, DcId = _dcId };
        byte[] proof = [.. _newNonce, 1, .. MessageKeys.Sha1(authKey)[..8]];
        return new TlObject("dh_gen_ok")
        {
            ["nonce"] = _nonce,
            ["server_nonce"] = _serverNonce,
            ["new_nonce_hash1"] = MessageKeys.Sha1(proof)[4..],
        };
    }

    private bool IsOurs(TlObject it) =>
        _nonce.Length == 16 && it.Bytes("nonce").AsSpan().SequenceEqual(_nonce) && it.Bytes("server_nonce").AsSpan().SequenceEqual(_serverNonce);
}

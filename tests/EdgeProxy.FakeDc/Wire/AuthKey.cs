using System.Security.Cryptography;
using EdgeProxy.FakeDc.Crypto;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>One authorisation key and what hangs on it. Guarded by the data centre's lock.</summary>
internal sealed class AuthKey(byte[] key, long salt, int expiresAt = 0)
{
    /// <summary>Salts change this often unless they are told to sooner.</summary>
    public const int SaltSeconds = 1800;

    private readonly List<(int Since, long Salt)> _announced = [];

    public byte[] Key => key;

    public long Id { get; } = MessageKeys.KeyId(key);

    /// <summary>Unix seconds; 0 for a permanent key.</summary>
    public int ExpiresAt => expiresAt;

    /// <summary>The permanent key that a temporary one was bound to.</summary>
    public AuthKey? BoundTo { get; set; }

    /// <summary>The logged-in user; 0 for none. Always read from the permanent key.</summary>
    public long UserId { get; set; }

    /// <summary>Who gave the right code but owes the password.</summary>
    public long PasswordOwedBy { get; set; }

    /// <summary>Layer and device that initConnection named last.</summary>
    public int Layer { get; set; }

    public string Device { get; set; } = "";

    /// <summary>The data centre that the client meant to reach.</summary>
    public int DcId { get; init; }

    /// <summary>Unix seconds.</summary>
    public int CreatedAt { get; init; }

    public AuthKey Permanent => BoundTo ?? this;

    public long Salt { get; private set; } = salt;

    public Dictionary<long, Session> Sessions { get; } = [];

    public void RotateSalt()
    {
        Salt = Numbers.RandomLong();
        _announced.Clear();
    }

    /// <summary>The current one, or one that was announced and whose time has come.</summary>
    public bool Accepts(long salt, int now) =>
        salt == Salt || _announced.Exists(it => it.Salt == salt && it.Since <= now + 60);

    /// <summary>The next <paramref name="count"/> salts; the first is the current one.</summary>
    public IEnumerable<(int Since, int Until, long Salt)> Announce(int count, int now)
    {
        if (_announced.Count == 0)
            _announced.Add((now - 1, Salt));
        while (_announced.Count < count)
            _announced.Add((_announced[^1].Since + SaltSeconds, BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8))));
        return _announced.Take(count).Select(it => (it.Since, it.Since + (2 * SaltSeconds), it.Salt));
    }
}

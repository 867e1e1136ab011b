using System.Security.Cryptography;
using System.Text;

namespace EdgeProxy.Redis;

/// <summary>
/// A Lua script, run by its SHA-1. A server that does not know it (restart, SCRIPT FLUSH, fail-over) says NOSCRIPT; the connection then loads it
/// and sends the command again, which the caller does not notice.
/// </summary>
internal sealed class RedisScript
{
    private readonly byte[] _text;
    private readonly byte[] _sha;

    public RedisScript(string text)
    {
        _text = Encoding.UTF8.GetBytes(text);
        // SHA-1 is what EVALSHA names scripts by; nothing depends on its strength.
        _sha = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA1.HashData(_text)));
    }

    public ReadOnlySpan<byte> Text => _text;

    /// <summary>40 hexadecimal digits.</summary>
    public ReadOnlySpan<byte> Sha => _sha;
}

using System.Security.Cryptography;

namespace EdgeProxy.FakeDc.Crypto;

/// <summary>AES-256 in counter mode as a stream that goes on from call to call; the platform has only the blocks.</summary>
internal sealed class AesCtr : IDisposable
{
    private const int Block = 16;
    private const int BlocksAtOnce = 256;

    private readonly Aes _aes = Aes.Create();
    private readonly byte[] _counter;
    private readonly byte[] _counters = new byte[Block * BlocksAtOnce];
    private readonly byte[] _pad = new byte[Block * BlocksAtOnce];
    private int _used = Block * BlocksAtOnce;

    public AesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        _aes.SetKey(key);
        _counter = iv.ToArray();
    }

    /// <summary>Encrypts or decrypts in place.</summary>
    public void Process(Span<byte> data)
    {
        for (var i = 0; i < data.Length; i++)
        {
            if (_used == _pad.Length)
                Refill();
            data[i] ^= _pad[_used++];
        }
    }

    public void Dispose() => _aes.Dispose();

    private void Refill()
    {
        for (var at = 0; at < _counters.Length; at += Block)
        {
            _counter.CopyTo(_counters, at);
            for (var i = Block - 1; i >= 0 && ++_counter[i] == 0; i--)
            {
            }
        }

        _aes.EncryptEcb(_counters, _pad, PaddingMode.None);
        _used = 0;
    }
}

using System.Security.Cryptography;

namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>A file that exists only while it is read: the same bytes for the same seed, as many as are wanted, with their SHA-256.</summary>
internal sealed class NoiseStream(long length, int seed) : Stream
{
    private const int BlockBytes = 64 * 1024;
    private readonly byte[] _block = new byte[BlockBytes];
    private long _position;
    private long _blockNumber = -1;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    /// <summary>Called with the position before every read: where a test breaks things.</summary>
    public Action<long>? OnRead { get; init; }

    /// <summary>SHA-256 of the whole, lower-case hex.</summary>
    public static string Sha256(long length, int seed)
    {
        using var stream = new NoiseStream(length, seed);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        OnRead?.Invoke(_position);
        if (_position >= length)
            return 0;
        var number = _position / BlockBytes;
        if (number != _blockNumber)
        {
            new Random(HashCode(seed, number)).NextBytes(_block);
            _blockNumber = number;
        }

        var from = (int)(_position % BlockBytes);
        var count = (int)Math.Min(Math.Min(buffer.Length, BlockBytes - from), length - _position);
        _block.AsSpan(from, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        _position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _position + offset, _ => length + offset };
        return _position;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static int HashCode(int seed, long number) => unchecked((int)(((seed * 7919L) + number) * 0x9E3779B1L));
}

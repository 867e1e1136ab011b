namespace EdgeProxy.Simulator.Telegram;

/// <summary>A file without storage: every byte follows from the seed and its position, so any range can be checked.</summary>
internal sealed class GeneratedStream(string seed, long length) : Stream
{
    private readonly uint _seed = HashOf(seed);

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => length;
    public override long Position { get; set; }

    /// <summary>FNV-1a, stable over processes.</summary>
    public static uint HashOf(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 16777619;
        }

        return hash;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, Math.Max(0, length - Position));
        for (int i = 0; i < count; i++)
        {
            uint mixed = (_seed + (uint)Position++) * 2654435761;
            buffer[i] = (byte)(mixed >> 24);
        }

        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

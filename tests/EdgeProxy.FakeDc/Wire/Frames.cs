using System.Buffers.Binary;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>
/// The transports over one TCP stream, told apart by what the client sends first:
/// <code>
/// ef            abridged:            len/4:u8 payload, or 7f len/4:u24 payload
/// eeeeeeee      intermediate:        len:u32 payload
/// dddddddd      padded intermediate: len:u32 payload and up to 15 bytes of noise
/// </code>
/// Source: core.telegram.org/mtproto/mtproto-transports. The library uses the intermediate one.
/// </summary>
internal sealed class Frames(Stream stream)
{
    /// <summary>A client's message is at most 1 MB; whatever is longer is no client.</summary>
    public const int FrameBytesMax = 4 << 20;

    private const byte AbridgedTag = 0xef;
    private const byte LongMark = 0x7f;

    private readonly byte[] _head = new byte[4];
    private bool _abridged;

    /// <returns>False when the stream ended or no known transport speaks.</returns>
    public async Task<bool> BeginAsync(CancellationToken stop)
    {
        if (!await FillAsync(_head.AsMemory(0, 1), stop))
            return false;
        _abridged = _head[0] == AbridgedTag;
        if (_abridged)
            return true;
        return await FillAsync(_head.AsMemory(1, 3), stop)
            && BinaryPrimitives.ReadUInt32LittleEndian(_head) is 0xeeeeeeee or 0xdddddddd;
    }

    /// <returns>One payload; null when the stream ended, was cut in a frame, or the length is senseless.</returns>
    public async Task<byte[]?> ReadAsync(CancellationToken stop)
    {
        var length = _abridged ? await ReadAbridgedLengthAsync(stop) : await ReadLengthAsync(stop);
        if (length is < 0 or > FrameBytesMax)
            return null;
        var payload = new byte[length];
        return await FillAsync(payload, stop) ? payload : null;
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> payload, CancellationToken stop)
    {
        var framed = new byte[payload.Length + 4];
        var start = 0;
        if (!_abridged)
        {
            BinaryPrimitives.WriteInt32LittleEndian(framed, payload.Length);
        }
        else if (payload.Length / 4 < LongMark)
        {
            start = 3;
            framed[3] = (byte)(payload.Length / 4);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(framed, payload.Length / 4 << 8 | LongMark);
        }

        payload.CopyTo(framed.AsMemory(4));
        await stream.WriteAsync(framed.AsMemory(start), stop);
    }

    private async Task<int> ReadLengthAsync(CancellationToken stop) =>
        await FillAsync(_head, stop) ? BinaryPrimitives.ReadInt32LittleEndian(_head) : -1;

    private async Task<int> ReadAbridgedLengthAsync(CancellationToken stop)
    {
        if (!await FillAsync(_head.AsMemory(0, 1), stop))
            return -1;
        if (_head[0] < LongMark)
            return _head[0] * 4;
        return await FillAsync(_head.AsMemory(1, 3), stop) ? (_head[1] | (_head[2] << 8) | (_head[3] << 16)) * 4 : -1;
    }

    private async Task<bool> FillAsync(Memory<byte> buffer, CancellationToken stop) =>
        await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop) == buffer.Length;
}

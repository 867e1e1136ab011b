using System.Buffers.Binary;
using EdgeProxy.FakeDc.Crypto;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>
/// The transports over one TCP stream, told apart by what the client sends first:
/// <code>
/// ef            abridged:            len/4:u8 payload, or 7f len/4:u24 payload
/// eeeeeeee      intermediate:        len:u32 payload
/// dddddddd      padded intermediate: len:u32 payload and up to 15 bytes of noise
/// 64 others     obfuscated:          8 of noise, key:32, iv:16, and encrypted by these: the inner tag:4, 4 of noise; all that follows is AES-CTR
/// </code>
/// Source: core.telegram.org/mtproto/mtproto-transports. The library uses the intermediate one.
/// </summary>
internal sealed class Frames(Stream stream) : IDisposable
{
    /// <summary>A client's message is at most 1 MB; whatever is longer is no client.</summary>
    public const int FrameBytesMax = 4 << 20;

    private const byte AbridgedTag = 0xef;
    private const byte LongMark = 0x7f;
    private const uint IntermediateTag = 0xeeeeeeee;
    private const uint PaddedTag = 0xdddddddd;
    private const uint InnerAbridgedTag = 0xefefefef;

    private readonly byte[] _head = new byte[4];
    private bool _abridged;
    private AesCtr? _fromClient;
    private AesCtr? _toClient;

    /// <returns>False when the stream ended or no known transport speaks.</returns>
    public async Task<bool> BeginAsync(CancellationToken stop)
    {
        if (!await FillAsync(_head.AsMemory(0, 1), stop))
            return false;
        _abridged = _head[0] == AbridgedTag;
        if (_abridged)
            return true;
        if (!await FillAsync(_head.AsMemory(1, 3), stop))
            return false;
        return BinaryPrimitives.ReadUInt32LittleEndian(_head) is IntermediateTag or PaddedTag || await BeginObfuscatedAsync(stop);
    }

    public void Dispose()
    {
        _fromClient?.Dispose();
        _toClient?.Dispose();
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
        _toClient?.Process(framed.AsSpan(start));
        await stream.WriteAsync(framed.AsMemory(start), stop);
    }

    /// <summary>Key and IV of the client's stream as they stand; of ours, the same 48 bytes backwards.</summary>
    private async Task<bool> BeginObfuscatedAsync(CancellationToken stop)
    {
        var first = new byte[64];
        _head.CopyTo(first, 0);
        if (!await FillAsync(first.AsMemory(4), stop))
            return false;
        var backwards = first[8..56];
        Array.Reverse(backwards);
        _fromClient = new AesCtr(first.AsSpan(8, 32), first.AsSpan(40, 16));
        _toClient = new AesCtr(backwards.AsSpan(0, 32), backwards.AsSpan(32));
        _fromClient.Process(first);
        var tag = BinaryPrimitives.ReadUInt32LittleEndian(first.AsSpan(56));
        _abridged = tag == InnerAbridgedTag;
        return tag is InnerAbridgedTag or IntermediateTag or PaddedTag;
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

    private async Task<bool> FillAsync(Memory<byte> buffer, CancellationToken stop)
    {
        if (await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop) < buffer.Length)
            return false;
        _fromClient?.Process(buffer.Span);
        return true;
    }
}

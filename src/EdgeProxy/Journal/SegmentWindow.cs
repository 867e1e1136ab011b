using System.Buffers;
using EdgeProxy.Primitives;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Journal;

/// <summary>
/// A pooled window over one segment file. Never reads beyond the limit it is given, so what it holds was durable when it was read.
/// </summary>
internal sealed class SegmentWindow : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Limits.JournalReadWindowBytes);
    private SafeFileHandle? _file;
    private long _start;
    private int _count;

    /// <summary>Throws IOException when the file is gone.</summary>
    public void Open(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _file?.Dispose();
        _file = file;
        _count = 0;
    }

    /// <summary>Forgets what was read: the file was changed below.</summary>
    public void Forget() => _count = 0;

    /// <summary>
    /// What is buffered from <paramref name="offset"/> on: at least <paramref name="length"/> bytes, fewer only at <paramref
    /// name="limit"/> or at the file's end. Valid until the next call.
    /// </summary>
    public ReadOnlyMemory<byte> Peek(long offset, int length, long limit)
    {
        length = (int)Math.Max(0, Math.Min(length, limit - offset));
        if (offset < _start || offset + length > _start + _count)
            Fill(offset, length, limit);
        var skip = offset - _start;
        return skip >= _count ? ReadOnlyMemory<byte>.Empty : _bytes.AsMemory((int)skip, _count - (int)skip);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        _count = 0;
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Fill(long offset, int length, long limit)
    {
        if (length > _bytes.Length)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = ArrayPool<byte>.Shared.Rent(length);
        }
        (_start, _count) = (offset, 0);
        var wanted = (int)Math.Max(0, Math.Min(_bytes.Length, limit - offset));
        while (_count < wanted)
        {
            var read = RandomAccess.Read(_file!, _bytes.AsSpan(_count, wanted - _count), offset + _count);
            if (read == 0)
                break;
            _count += read;
        }
    }
}

using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>The parts of one file while they come, in any order and from many connections.</summary>
internal sealed class Upload(string path) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, (long Offset, int Length)> _parts = [];
    private readonly SafeFileHandle _handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
    private long _end;

    public string Path => path;

    public int Count
    {
        get
        {
            lock (_gate)
                return _parts.Count;
        }
    }

    public long Bytes
    {
        get
        {
            lock (_gate)
                return _parts.Values.Sum(part => (long)part.Length);
        }
    }

    /// <summary>A part that comes again takes the place of the first.</summary>
    public void Save(int index, byte[] bytes)
    {
        long offset;
        lock (_gate)
        {
            if (!_parts.TryGetValue(index, out var place) || place.Length != bytes.Length)
            {
                place = (_end, bytes.Length);
                _end += bytes.Length;
                _parts[index] = place;
            }

            offset = place.Offset;
        }

        RandomAccess.Write(_handle, bytes, offset);
    }

    /// <summary>The parts in order; null and the first missing one's number when there is a gap.</summary>
    public (long Offset, int Length)[]? InOrder(int count, out int missing)
    {
        lock (_gate)
        {
            var places = new (long, int)[count];
            for (missing = 0; missing < count; missing++)
            {
                if (!_parts.TryGetValue(missing, out places[missing]))
                    return null;
            }

            return places;
        }
    }

    public void Dispose() => _handle.Dispose();
}

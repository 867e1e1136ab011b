using System.Security.Cryptography;
using System.Text;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// The last accepted sends; the count is not bounded. A kept send costs some 80 bytes and its text, so that a load test may keep
/// a million of them.
/// </summary>
/// <param name="keptMax">At least so many of the newest are kept.</param>
/// <param name="textBytesMax">Bytes of a text that are kept.</param>
internal sealed class SendLog(int keptMax, int textBytesMax)
{
    private const int CharsOnStack = 256;

    private readonly Lock _gate = new();
    private readonly Queue<SendChunk> _chunks = new();
    private SendChunk? _last;
    private long _count;

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Numbers the send and keeps it.</summary>
    public void Add(SendEntry entry, string text, IReadOnlyList<UploadedFile> files)
    {
        Span<byte> bytes = text.Length <= CharsOnStack ? stackalloc byte[CharsOnStack * 3] : new byte[text.Length * 3];
        bytes = bytes[..Encoding.UTF8.GetBytes(text, bytes)];
        if (files.Count > 0 || bytes.Length > textBytesMax)
        {
            entry.Sha256 = HashOf(bytes, files);
        }

        foreach (UploadedFile file in files)
        {
            entry.FileBytes += file.Bytes;
        }

        lock (_gate)
        {
            if (_last is null || _last.IsFull)
            {
                _last = new SendChunk(_count + 1);
                _chunks.Enqueue(_last);
                if (_chunks.Count > 1 && _chunks.Count * (long)SendChunk.Capacity >= keptMax + 2L * SendChunk.Capacity)
                {
                    _chunks.Dequeue();
                }
            }

            _last.Add(entry, bytes[..Math.Min(bytes.Length, textBytesMax)]);
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>A copy of the kept sends with a number above <paramref name="after"/> that are wanted, oldest first.</summary>
    public SendRecord[] Snapshot(long after = 0, int limit = int.MaxValue, Func<SendRecord, bool>? wanted = null)
    {
        var found = new List<SendRecord>();
        lock (_gate)
        {
            foreach (SendChunk chunk in _chunks)
            {
                for (long number = Math.Max(chunk.Next - chunk.Count, after + 1); number < chunk.Next && found.Count < limit; number++)
                {
                    SendRecord record = chunk.Read(number);
                    if (wanted is null || wanted(record))
                    {
                        found.Add(record);
                    }
                }
            }
        }

        return [.. found];
    }

    private static string HashOf(ReadOnlySpan<byte> text, IReadOnlyList<UploadedFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(text);
        foreach (UploadedFile file in files)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(file.Sha256));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

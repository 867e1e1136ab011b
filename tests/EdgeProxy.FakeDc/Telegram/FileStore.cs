using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using EdgeProxy.FakeDc.Methods;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>
/// Files on disk: parts as they come, and what was made of them. Not under the data centre's lock: the bytes of two uploads have nothing to
/// do with each other. Limits: core.telegram.org/api/files.
/// </summary>
internal sealed class FileStore : IDisposable
{
    private const int PartBytesMax = 512 * 1024;
    private const int PartBytesUnit = 1024;
    private const int PartsMax = 4000;
    private const int SmallFileBytesMax = 10 * 1024 * 1024;

    private readonly string _folder;
    private readonly ConcurrentDictionary<(long User, long File), Upload> _uploads = new();
    private readonly ConcurrentDictionary<(long User, long File), StoredFile> _completed = new();
    private readonly ConcurrentQueue<StoredFile> _stored = new();
    private int _names;

    public FileStore(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    public IEnumerable<StoredFile> Stored => _stored;

    public IEnumerable<(long User, long File, Upload Upload)> Uploads => _uploads.Select(it => (it.Key.User, it.Key.File, it.Value));

    /// <param name="user">Whose upload it is.</param>
    /// <param name="file">The client's own number for the file.</param>
    /// <param name="part">From 0.</param>
    /// <param name="total">Of a big file; -1 while it is not known; 0 of a small file.</param>
    /// <param name="bytes">The part.</param>
    public void SavePart(long user, long file, int part, int total, byte[] bytes)
    {
        if (part is < 0 or >= PartsMax || (total > 0 && part >= total))
            throw RpcException.Bad("FILE_PART_INVALID");
        if (total > PartsMax || total < -1)
            throw RpcException.Bad("FILE_PARTS_INVALID");
        if (bytes.Length == 0)
            throw RpcException.Bad("FILE_PART_EMPTY");
        if (bytes.Length > PartBytesMax)
            throw RpcException.Bad("FILE_PART_TOO_BIG");
        if (part != total - 1 && total > 0 && !IsPartSize(bytes.Length))
            throw RpcException.Bad("FILE_PART_SIZE_INVALID");
        // Parts that come again after the file was made of them change nothing: a client that resumes does not know that it was.
        if (_completed.ContainsKey((user, file)))
            return;
        _uploads.GetOrAdd((user, file), _ => new Upload(NewPath())).Save(part, bytes);
    }

    /// <summary>
    /// Makes one file of the parts. They must all be there, and of one size but for the last. Asked again, it gives the same file: with
    /// Telegram too the parts stay for a while.
    /// </summary>
    public StoredFile Complete(long user, long file, int count, bool isBig, string name)
    {
        if (count is < 1 or > PartsMax)
            throw RpcException.Bad("FILE_PARTS_INVALID");
        if (_completed.TryGetValue((user, file), out var completed))
            return completed;
        if (!_uploads.TryGetValue((user, file), out var upload))
            throw RpcException.Bad("FILE_PART_0_MISSING");
        var places = upload.InOrder(count, out var missing)
            ?? throw RpcException.Bad($"FILE_PART_{missing.ToString(CultureInfo.InvariantCulture)}_MISSING");
        var size = places[0].Length;
        for (var i = 1; i < count; i++)
        {
            if (i < count - 1 ? places[i].Length != size : places[i].Length > size)
                throw RpcException.Bad("FILE_PART_SIZE_CHANGED");
        }

        var total = places.Sum(place => (long)place.Length);
        if ((count > 1 && !IsPartSize(size)) || (!isBig && total > SmallFileBytesMax))
            throw RpcException.Bad(isBig ? "FILE_PART_SIZE_INVALID" : "FILE_PARTS_INVALID");
        if (!_uploads.TryRemove((user, file), out _))
            throw RpcException.Bad("FILE_PART_0_MISSING");
        upload.Dispose();
        var stored = new StoredFile(upload.Path, total, Hash(upload.Path, places), size, [.. places.Select(place => place.Offset)], name);
        _completed[(user, file)] = stored;
        _stored.Enqueue(stored);
        return stored;
    }

    /// <summary>A file that nobody uploaded.</summary>
    public StoredFile Add(byte[] bytes, string name)
    {
        var path = NewPath();
        File.WriteAllBytes(path, bytes);
        var stored = new StoredFile(path, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)), Math.Max(1, bytes.Length), [0], name);
        return stored;
    }

    public void Dispose()
    {
        foreach (var upload in _uploads.Values)
            upload.Dispose();
    }

    private static bool IsPartSize(int bytes) => bytes % PartBytesUnit == 0 && PartBytesMax % bytes == 0;

    private static string Hash(string path, (long Offset, int Length)[] places)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var handle = File.OpenHandle(path);
        var buffer = new byte[places.Max(place => place.Length)];
        foreach (var (offset, length) in places)
        {
            if (RandomAccess.Read(handle, buffer.AsSpan(0, length), offset) != length)
                throw new IOException("an upload lost bytes");
            sha.AppendData(buffer, 0, length);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    private string NewPath() => Path.Combine(_folder, Interlocked.Increment(ref _names).ToString("D6", CultureInfo.InvariantCulture));
}

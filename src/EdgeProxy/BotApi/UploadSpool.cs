using EdgeProxy.Primitives;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.BotApi;

/// <summary>
/// Files for uploads whose chat_id comes behind their file: they must be read to the end before anything of them can be sent. A file is gone when
/// its call is, or with the process at the next start; together they are bounded by Limits.UploadSpoolBytesMax.
/// </summary>
internal sealed class UploadSpool
{
    private const string Suffix = ".upload";
    private readonly string _folder;
    private long _bytes;
    private long _number;

    /// <param name="folder">Of this process alone; made when missing, and emptied of what a killed process left.</param>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public UploadSpool(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        foreach (string left in Directory.EnumerateFiles(folder, "*" + Suffix)) File.Delete(left);
    }

    /// <summary>Bytes on disk, or promised.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Takes room for that many more bytes; false when there is none.</summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= Limits.UploadSpoolBytesMax) return true;
        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _bytes, -bytes);

    /// <summary>A new empty file that nobody else can open and that goes when it is closed.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public SafeFileHandle Create() => File.OpenHandle(
        Path.Combine(_folder, Interlocked.Increment(ref _number) + Suffix),
        FileMode.CreateNew,
        FileAccess.ReadWrite,
        FileShare.None,
        FileOptions.Asynchronous | FileOptions.DeleteOnClose);
}

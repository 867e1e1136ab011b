using System.Runtime.InteropServices;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>Files that wait for their message: DataDir/outbox-uploads, one flat folder. Any thread.</summary>
internal sealed partial class UploadFolder
{
    // O_CLOEXEC. O_DIRECTORY differs between x64 and arm64 and is not needed.
    private const int OpenFlags = 0x80000;
    private const int InterruptedErrno = 4;

    public UploadFolder(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
    }

    public string Path { get; }

    /// <summary>A name that no other upload has or had.</summary>
    public static string NewName() => Guid.NewGuid().ToString("N");

    public string FullPath(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Whether the disk can take so many more bytes and keep its reserve.</summary>
    public bool HasRoom(long bytes) => new DriveInfo(Path).AvailableFreeSpace - bytes >= Limits.UploadDiskReserveBytes;

    /// <summary>Makes the folder's entries durable.</summary>
    /// <exception cref="IOException">The folder cannot be opened or synced.</exception>
    public void Sync() => Flush(Path);

    /// <summary>A file that cannot be deleted now goes with the next sweep of the folder, for no message names it any more.</summary>
    public static void Delete(string folder, string name)
    {
        try
        {
            File.Delete(System.IO.Path.Combine(folder, name));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The sweep finds it.
        }
    }

    // fsync of a folder: without it a new file's name may be lost with the power although its bytes are on disk. .NET opens no folders.
    private static void Flush(string folder)
    {
        int file = Open(folder, OpenFlags);
        if (file < 0) throw new IOException($"cannot open the folder {folder}: errno {Marshal.GetLastPInvokeError()}");
        int error = 0;
        while (Fsync(file) != 0 && (error = Marshal.GetLastPInvokeError()) == InterruptedErrno) error = 0;
        _ = Close(file);
        if (error != 0) throw new IOException($"cannot sync the folder {folder}: errno {error}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}

using System.Runtime.InteropServices;

namespace EdgeProxy.Outbox;

/// <summary>fsync of a folder: without it a new file's name may be lost with the power although its bytes are on disk. .NET opens no folders.</summary>
internal static partial class FolderSync
{
    // O_CLOEXEC. O_DIRECTORY differs between x64 and arm64 and is not needed.
    private const int OpenFlags = 0x80000;
    private const int InterruptedErrno = 4;

    /// <exception cref="IOException">The folder cannot be opened or synced.</exception>
    public static void Flush(string folder)
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

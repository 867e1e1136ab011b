using System.Runtime.InteropServices;

namespace EdgeProxy.Outbox;

/// <summary>fsync of a folder: without it a new file's name may be lost with the power although its bytes are on disk. .NET opens no folders.</summary>
internal static partial class FolderSync
{
    // O_RDONLY | O_DIRECTORY | O_CLOEXEC on Linux x64 and arm64 differ in O_DIRECTORY, so that one is left out.
    private const int OpenFlags = 0x80000;

    /// <exception cref="IOException">The folder cannot be opened or synced.</exception>
    public static void Flush(string folder)
    {
        int file = Open(folder, OpenFlags);
        if (file < 0) throw new IOException($"cannot open the folder {folder}: errno {Marshal.GetLastPInvokeError()}");
        int result = Fsync(file);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(file);
        if (result != 0) throw new IOException($"cannot sync the folder {folder}: errno {error}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Journal;

/// <summary>
/// The calls .NET does not offer: fdatasync, fsync of a folder, preallocation that reports its error. Errors are IOException with the
/// errno text.
/// </summary>
internal static partial class NativeFile
{
    private const int InterruptedErrno = 4;
    private const int OpenDirectoryFlags = 0x10000 | 0x80000;
    private const int OpenReadFlags = 0x80000;

    /// <summary>Bytes and size of the file are on disk when this returns.</summary>
    public static void DataSync(SafeFileHandle file)
    {
        while (FDataSync(file) != 0)
            ThrowUnlessInterrupted("fdatasync");
    }

    /// <summary>Names created, renamed or deleted in <paramref name="folder"/> are on disk when this returns.</summary>
    public static void SyncFolder(string folder)
    {
        var descriptor = Open(folder, OpenDirectoryFlags);
        if (descriptor < 0)
            throw Error("open folder");
        try
        {
            while (FSync(descriptor) != 0)
                ThrowUnlessInterrupted("fsync folder");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Reads a small file past .NET's own advisory locks. Empty when it cannot be read.</summary>
    public static string ReadSmall(string path)
    {
        var descriptor = Open(path, OpenReadFlags);
        if (descriptor < 0)
            return "";
        Span<byte> bytes = stackalloc byte[64];
        var read = Read(descriptor, bytes, bytes.Length);
        _ = Close(descriptor);
        return read <= 0 ? "" : System.Text.Encoding.ASCII.GetString(bytes[..(int)read]).Trim();
    }

    private static void ThrowUnlessInterrupted(string call)
    {
        if (Marshal.GetLastPInvokeError() != InterruptedErrno)
            throw Error(call);
    }

    private static IOException Error(string call) =>
        new($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, Span<byte> bytes, nint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}

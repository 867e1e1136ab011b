using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Journal;

/// <summary>
/// One writer per folder: the file "lock" is held with an exclusive flock and holds the owner's process id. The kernel releases the lock
/// with the process, so a crash leaves nothing to clean up. FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private FolderLock(SafeFileHandle file) => _file = file;

    /// <exception cref="JournalOpenException">Another process (or another journal of this one) holds the folder.</exception>
    public static FolderLock Take(string folder)
    {
        var path = Path.Combine(folder, "lock");
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            var pid = NativeFile.ReadSmall(path);
            throw new JournalOpenException(
                $"The journal folder {folder} is in use by another EdgeProxy process (pid {(pid.Length == 0 ? "unknown" : pid)}). " +
                "Stop it, or give this one a data folder of its own.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new JournalOpenException($"The journal folder {folder} cannot be written: {e.Message}", e);
        }
        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
        return new FolderLock(file);
    }

    public void Dispose() => _file.Dispose();
}

using System.Diagnostics;

namespace EdgeProxy.Tests;

/// <summary>A small file system in memory: a real disk that is really full. Unmounted on Dispose. For tests under RootFact.</summary>
internal sealed class Tmpfs : IDisposable
{
    private readonly string _folder;

    /// <summary>Mounts over an empty folder. Throws IOException with what mount said, Win32Exception when there is no mount.</summary>
    public Tmpfs(string folder, string size)
    {
        _folder = folder;
        if (Run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder) is { } error) throw new IOException(error);
    }

    /// <summary>Null when it is read-only now, else what mount said.</summary>
    public string? MakeReadOnly() => Run("mount", "-o", "remount,ro", _folder);

    public void Dispose() => Run("umount", "-l", _folder);

    /// <summary>Runs a tool. Null when it ended with 0, else its error text.</summary>
    public static string? Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{program} ended with {process.ExitCode}: {error.Trim()}";
    }
}

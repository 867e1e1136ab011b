namespace EdgeProxy.Tests;

/// <summary>
/// A test that mounts, changes root or builds images. Skipped, and shown as skipped, for anybody but root and where a tmpfs cannot be mounted
/// (a container without the right to). Compiled into both test projects.
/// </summary>
internal sealed class RootFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Reason = new(Probe);

    public RootFactAttribute() => Skip = Reason.Value;

    private static string? Probe()
    {
        if (!Environment.IsPrivilegedProcess) return "needs root";
        DirectoryInfo folder = Directory.CreateTempSubdirectory("edge-mount-probe");
        try
        {
            using var probe = new Tmpfs(folder.FullName, "64k");
            return null;
        }
        catch (Exception error) when (error is IOException or System.ComponentModel.Win32Exception)
        {
            return "needs the right to mount a tmpfs: " + error.Message;
        }
        finally
        {
            folder.Delete();
        }
    }
}

namespace EdgeProxy.Outbox;

/// <summary>Files that wait for their message. A file that cannot be deleted now goes with the next sweep of the folder.</summary>
internal static class UploadFiles
{
    public static void Delete(string folder, string path)
    {
        try
        {
            File.Delete(Path.Combine(folder, path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is not named by any message any more; the sweep finds it.
        }
    }
}

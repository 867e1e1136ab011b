using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>Files that wait for their message: DataDir/outbox-uploads, one flat folder. Any thread.</summary>
internal sealed class UploadFolder
{
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
    public void Sync() => FolderSync.Flush(Path);
}

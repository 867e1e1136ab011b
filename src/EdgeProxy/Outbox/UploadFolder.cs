using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

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

    /// <summary>
    /// Removes what no message refers to: uploads that were cut off by the end of the process. Only before the API answers, because a request that
    /// runs has files that no message has yet.
    /// </summary>
    /// <returns>How many files went.</returns>
    public int RemoveOrphans(StateFile state)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        state.Read(database =>
        {
            SqliteStatement rows = database.Prepare("SELECT path FROM outbox_upload");
            while (rows.Step()) known.Add(rows.Text(0) ?? "");
            return known.Count;
        });
        int removed = 0;
        foreach (string file in Directory.EnumerateFiles(Path))
        {
            if (known.Contains(System.IO.Path.GetFileName(file))) continue;
            UploadFiles.Delete(Path, System.IO.Path.GetFileName(file));
            removed++;
        }

        return removed;
    }

    /// <summary>Makes the folder's entries durable.</summary>
    public void Sync() => FolderSync.Flush(Path);
}

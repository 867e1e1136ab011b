using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>
/// Deletes files of the upload folder that no message names: a crash between writing a file and accepting its message leaves them. Only files older
/// than a day are looked at, for the others may be about to be accepted.
/// </summary>
internal sealed class UploadSweep(IOutboxWork store, OutboxSettings settings, TimeProvider time)
{
    public async Task RunAsync(CancellationToken stop)
    {
        if (!Directory.Exists(settings.UploadDir)) return;
        DateTime border = time.GetUtcNow().UtcDateTime.AddHours(-Limits.OutboxLoadingHours);
        foreach (string path in Directory.EnumerateFiles(settings.UploadDir, "*", SearchOption.AllDirectories))
        {
            if (stop.IsCancellationRequested) return;
            if (File.GetLastWriteTimeUtc(path) >= border) continue;
            string name = Path.GetRelativePath(settings.UploadDir, path);
            if (!await store.NamesUploadAsync(name).ConfigureAwait(false)) UploadFolder.Delete(settings.UploadDir, name);
        }
    }
}

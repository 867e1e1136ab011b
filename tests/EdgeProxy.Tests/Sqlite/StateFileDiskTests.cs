using EdgeProxy.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Sqlite;

/// <summary>
/// Real full and read-only disks: small tmpfs mounts. Skipped where mounting is not permitted.
/// </summary>
public sealed class StateFileDiskTests : IDisposable
{
    private static readonly Migration Schema = new("items", 1, "CREATE TABLE item(id INTEGER PRIMARY KEY, body BLOB)");
    private readonly TempFolder _folder = new();
    private readonly string _disk;
    private readonly Tmpfs _mount;

    public StateFileDiskTests()
    {
        _disk = _folder.File("disk");
        Directory.CreateDirectory(_disk);
        _mount = new Tmpfs(_disk, "4m");
    }

    public void Dispose()
    {
        _mount.Dispose();
        _folder.Dispose();
    }

    [RootFact]
    public async Task A_full_disk_fails_the_write_and_writing_resumes_by_itself()
    {
        await using var state = StateFile.Open(Path.Combine(_disk, "state.db"), [Schema], TimeProvider.System, NullLogger.Instance);
        await state.WriteAsync(db => Insert(db, 1));
        var ballast = Path.Combine(_disk, "ballast");
        FillDisk(ballast);
        StateFileException? failure = null;
        for (var id = 2; id < 200 && failure is null; id++)
        {
            try
            {
                await state.WriteAsync(db => Insert(db, id));
            }
            catch (StateFileException full)
            {
                failure = full;
            }
        }
        Assert.NotNull(failure);
        Assert.True(failure.IsDiskFault);
        Assert.NotNull(state.Fault);
        var before = state.Read(Count);

        File.Delete(ballast);
        // Nobody writes: the probe alone must notice that the disk is well.
        for (var i = 0; i < 1_200 && state.Fault is not null; i++)
        {
            await Task.Delay(50);
        }
        Assert.Null(state.Fault);
        await state.WriteAsync(db => Insert(db, 1000));
        Assert.Equal(before + 1, state.Read(Count));
    }

    [RootFact]
    public void A_read_only_disk_is_refused_with_a_message()
    {
        Assert.Null(_mount.MakeReadOnly());
        var failure = Assert.Throws<StateFileException>(
            () => StateFile.Open(Path.Combine(_disk, "state.db"), [Schema], TimeProvider.System, NullLogger.Instance));
        Assert.Contains("cannot be", failure.Message);
        Assert.Contains("read-only", failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static void Insert(SqliteDatabase db, long id) =>
        db.Prepare("INSERT INTO item VALUES(?1, ?2)").Bind(1, id).Bind(2, new byte[64 * 1024]).Run();

    private static long Count(SqliteDatabase db)
    {
        var count = db.Prepare("SELECT count(*) FROM item");
        count.Step();
        return count.Int64(0);
    }

    private static void FillDisk(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var block = new byte[4096];
        try
        {
            for (var i = 0; i < 4096; i++)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }
}

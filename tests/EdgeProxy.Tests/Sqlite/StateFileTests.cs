using System.Text;
using EdgeProxy.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Tests.Sqlite;

public sealed class StateFileTests : IDisposable
{
    private const string Items = "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB)";
    private static readonly Migration[] Schema = [new("items", 1, Items)];
    private readonly TempFolder _folder = new();

    private string FilePath => _folder.File("state.db");

    public void Dispose() => _folder.Dispose();

    private StateFile Open(params Migration[] migrations) =>
        StateFile.Open(FilePath, migrations.Length == 0 ? Schema : migrations, TimeProvider.System, NullLogger.Instance);

    private static void Insert(SqliteDatabase db, long id, string? name, byte[] body) =>
        db.Prepare("INSERT INTO item VALUES(?1, ?2, ?3)").Bind(1, id).Bind(2, name).Bind(3, body).Run();

    private static long Count(SqliteDatabase db)
    {
        var count = db.Prepare("SELECT count(*) FROM item");
        count.Step();
        return count.Int64(0);
    }

    [Fact]
    public async Task A_write_is_visible_to_another_connection_when_its_task_completes()
    {
        await using var state = Open();
        await state.WriteAsync(db => Insert(db, 7, "семь", [1, 2, 3]));
        Assert.Equal(1, state.Read(Count));
        var other = SqliteDatabase.Open(FilePath, SqliteNative.OpenReadOnly);
        try
        {
            Assert.Equal(1, Count(other));
        }
        finally
        {
            other.Close();
        }
        Assert.Null(state.Fault);
    }

    [Fact]
    public async Task Text_and_blobs_come_back_byte_for_byte()
    {
        await using var state = Open();
        string?[] texts = ["", "plain", "Привет, мир", "😀👩‍👩‍👧‍👦", new string('ж', 4096), null];
        byte[][] blobs = [[], [0], [0, 255, 0, 1], Encoding.UTF8.GetBytes("юникод"), new byte[100_000], [9]];
        await state.WriteAsync(db =>
        {
            for (var i = 0; i < texts.Length; i++)
            {
                Insert(db, i, texts[i], blobs[i]);
            }
        });
        for (var i = 0; i < texts.Length; i++)
        {
            var index = i;
            var (text, blob, bytes, isNull, kind) = state.Read(db =>
            {
                var row = db.Prepare("SELECT name, body, CAST(name AS BLOB), typeof(body) FROM item WHERE id = ?1").Bind(1, index);
                Assert.True(row.Step());
                return (row.Text(0), row.Blob(1).ToArray(), row.Blob(2).ToArray(), row.IsNull(0), row.Text(3));
            });
            Assert.Equal(texts[i], text);
            Assert.Equal(texts[i] is null, isNull);
            Assert.Equal(blobs[i], blob);
            Assert.Equal("blob", kind);
            Assert.Equal(Encoding.UTF8.GetBytes(texts[i] ?? ""), bytes);
        }
    }

    [Fact]
    public async Task A_failing_work_does_not_undo_its_neighbours()
    {
        await using var state = Open();
        using var gate = new ManualResetEventSlim();
        // The first work holds the writer thread, so that the three behind it share one transaction.
        var hold = state.WriteAsync(_ => gate.Wait(TimeSpan.FromSeconds(30)));
        var before = state.WriteAsync(db => Insert(db, 1, "a", []));
        var constraint = state.WriteAsync(db =>
        {
            Insert(db, 2, "b", []);
            Insert(db, 3, "a", []);
        });
        var thrown = state.WriteAsync(db =>
        {
            Insert(db, 4, "d", []);
            throw new InvalidOperationException("own");
        });
        var after = state.WriteAsync(db => Insert(db, 5, "e", []));
        gate.Set();
        await Task.WhenAll(hold, before, after);
        var failure = await Assert.ThrowsAsync<StateFileException>(() => constraint);
        Assert.Equal(19, failure.Code & 0xFF);
        Assert.False(failure.IsDiskFault);
        Assert.Equal("own", (await Assert.ThrowsAsync<InvalidOperationException>(() => thrown)).Message);
        Assert.Null(state.Fault);
        var ids = state.Read(db =>
        {
            var rows = db.Prepare("SELECT id FROM item ORDER BY id");
            var found = new List<long>();
            while (rows.Step())
            {
                found.Add(rows.Int64(0));
            }
            return found;
        });
        Assert.Equal([1, 5], ids);
    }

    [Fact]
    public async Task A_thousand_concurrent_writers_all_land()
    {
        await using var state = Open();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => Task.Run(() => state.WriteAsync(db => Insert(db, i, $"n{i}", [1])))));
        Assert.Equal(1000, state.Read(Count));
    }

    [Fact]
    public async Task Reopening_finds_what_was_written_and_an_empty_wal()
    {
        await using (var state = Open())
        {
            // Not awaited one by one: dispose must finish what is queued.
            for (var i = 0; i < 50; i++)
            {
                var id = i;
                _ = state.WriteAsync(db => Insert(db, id, null, new byte[500]));
            }
        }
        var wal = new FileInfo(FilePath + "-wal");
        Assert.True(!wal.Exists || wal.Length == 0);
        await using var again = Open();
        Assert.Equal(50, again.Read(Count));
    }

    [Fact]
    public async Task After_dispose_writes_and_reads_are_refused()
    {
        var state = Open();
        await state.DisposeAsync();
        await state.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => state.WriteAsync(_ => { }));
        Assert.Throws<ObjectDisposedException>(() => state.Read(Count));
    }

    [Fact]
    public async Task A_full_queue_is_refused_at_once()
    {
        await using var state = Open();
        using var gate = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        var hold = state.WriteAsync(_ =>
        {
            started.Set();
            gate.Wait(TimeSpan.FromSeconds(30));
        });
        Assert.True(started.Wait(TimeSpan.FromSeconds(30)));
        var queued = Enumerable.Range(0, EdgeProxy.Primitives.Limits.SqliteQueueMax).Select(_ => state.WriteAsync(_ => { })).ToArray();
        await Assert.ThrowsAsync<StateFileException>(() => state.WriteAsync(_ => { }));
        gate.Set();
        await hold;
        await Task.WhenAll(queued);
        await state.WriteAsync(_ => { });
    }

    [Fact]
    public async Task The_checkpoint_thread_keeps_the_wal_bounded()
    {
        await using var state = Open();
        // 200 × 512 KiB is far beyond the passive bound; without checkpoints the WAL would hold all of it.
        for (var i = 0; i < 200; i++)
        {
            var id = i;
            await state.WriteAsync(db => Insert(db, id, null, new byte[512 * 1024]));
        }
        Assert.True(new FileInfo(FilePath).Length > 8 << 20, "no checkpoint has copied pages into the file");
        Assert.Equal(200, state.Read(Count));
    }

    [Fact]
    public async Task A_read_cannot_write_and_an_abandoned_cursor_holds_nothing_back()
    {
        await using var state = Open();
        await state.WriteAsync(db => Insert(db, 1, "a", []));
        Assert.Throws<StateFileException>(() => state.Read(db =>
        {
            Insert(db, 2, "b", []);
            return 0;
        }));
        state.Read(db => db.Prepare("SELECT id FROM item").Step());
        await state.WriteAsync(db => Insert(db, 3, "c", []));
        Assert.Equal(2, state.Read(Count));
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Admin;

/// <summary>Exports in the state file: the plan behind each page and who was seen by then, so that a cursor takes one up again to the very line.</summary>
internal sealed class ExportStore(StateFile state, TimeProvider time)
{
    /// <summary>A new export's id; above 0.</summary>
    public static long NewId() => (BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(8)) & long.MaxValue) | 1;

    private long NowUnixMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The page is about to be written out.</summary>
    /// <exception cref="StateFileException">Not written.</exception>
    public Task SaveAsync(ExportState export, string account, string chat, IReadOnlyList<long> added) => state.WriteAsync(database =>
    {
        database.Prepare("INSERT INTO admin_export (id, page, account, chat, at, plan) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .Bind(1, export.Id).Bind(2, export.Page).Bind(3, account).Bind(4, chat).Bind(5, NowUnixMs).Bind(6, export.Plan.ToText()).Run();
        foreach (long user in added)
        {
            database.Prepare("INSERT INTO admin_export_seen (id, user, page) VALUES (?1, ?2, ?3)")
                .Bind(1, export.Id).Bind(2, user).Bind(3, export.Page).Run();
        }
    });

    /// <summary>The export as it stood behind that page; what came after is forgotten. Null when there is none of that account and chat.</summary>
    public async Task<ExportState?> ResumeAsync(long id, int page, string account, string chat)
    {
        ExportState? found = await Task.Run(() => state.Read(database =>
        {
            SqliteStatement row = database.Prepare("SELECT plan FROM admin_export WHERE id = ?1 AND page = ?2 AND account = ?3 AND chat = ?4");
            if (!row.Bind(1, id).Bind(2, page).Bind(3, account).Bind(4, chat).Step()) return null;
            var plan = ExportPlan.Parse(row.Text(0)!);
            var seen = new HashSet<long>();
            SqliteStatement user = database.Prepare("SELECT user FROM admin_export_seen WHERE id = ?1 AND page <= ?2").Bind(1, id).Bind(2, page);
            while (user.Step()) seen.Add(user.Int64(0));
            return new ExportState(id, page, plan, seen);
        }));
        if (found is null) return null;
        await state.WriteAsync(database =>
        {
            database.Prepare("DELETE FROM admin_export WHERE id = ?1 AND page > ?2").Bind(1, id).Bind(2, page).Run();
            database.Prepare("DELETE FROM admin_export_seen WHERE id = ?1 AND page > ?2").Bind(1, id).Bind(2, page).Run();
        });
        return found;
    }

    /// <summary>Removes exports that cannot be taken up any more.</summary>
    public Task SweepAsync() => state.WriteAsync(database =>
    {
        const string Old = "SELECT id FROM admin_export GROUP BY id HAVING max(at) < ?1";
        long at = NowUnixMs - (Limits.AdminExportHours * 3_600_000L);
        database.Prepare($"DELETE FROM admin_export_seen WHERE id IN ({Old})").Bind(1, at).Run();
        database.Prepare($"DELETE FROM admin_export WHERE id IN ({Old})").Bind(1, at).Run();
    });
}

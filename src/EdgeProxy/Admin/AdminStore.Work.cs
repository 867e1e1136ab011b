using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Admin;

/// <summary>What the loops read and write about the jobs they own. Writes throw <see cref="StateFileException"/>; a retry is safe.</summary>
internal sealed partial class AdminStore
{
    private const string SetStep =
        """
        UPDATE admin_step SET state = ?3, attempts = attempts + ?4, memo = coalesce(?5, memo), result = coalesce(?6, result), error = ?7, ended = ?8
        WHERE job = ?1 AND step = ?2
        """;

    // One that is to be withdrawn does not sit a long wait out.
    private const string SetJob =
        """
        UPDATE admin_job SET state = ?2, retry_at = CASE cancel WHEN 0 THEN ?3 ELSE min(?3, ?5 + 1000) END, chat = coalesce(chat, ?4), updated = ?5
        WHERE id = ?1 AND state < 4
        """;

    /// <summary>Accounts with open jobs: whose loops a start must begin.</summary>
    public List<string> OpenAccounts() => state.Read(database =>
    {
        SqliteStatement query = database.Prepare("SELECT DISTINCT account FROM admin_job WHERE state < 4");
        var accounts = new List<string>();
        while (query.Step()) accounts.Add(query.Text(0)!);
        return accounts;
    });

    /// <summary>The account's oldest job that may go on now, or when the next one may; long.MaxValue when there is none.</summary>
    public Task<(AdminJobId? Job, long NextUnixMs)> NextAsync(string account) => Task.Run(() => state.Read(database =>
    {
        const string Ready = "SELECT id FROM admin_job WHERE account = ?1 AND state < 3 AND retry_at <= ?2 ORDER BY id LIMIT 1";
        SqliteStatement query = database.Prepare(Ready).Bind(1, account).Bind(2, NowUnixMs);
        if (query.Step()) return (new AdminJobId(query.Int64(0)), 0L);
        query = database.Prepare("SELECT min(retry_at) FROM admin_job WHERE account = ?1 AND state < 3").Bind(1, account);
        return ((AdminJobId?)null, query.Step() && !query.IsNull(0) ? query.Int64(0) : long.MaxValue);
    }));

    public Task<string> InputAsync(AdminJobId job, int step) => Task.Run(() => state.Read(database =>
    {
        SqliteStatement query = database.Prepare("SELECT input FROM admin_step WHERE job = ?1 AND step = ?2").Bind(1, job.Value).Bind(2, step);
        return query.Step() ? query.Text(0)! : throw new InvalidOperationException($"job {job} has no step {step}");
    }));

    /// <summary>What the job's random ids are made of: never the same for two requests.</summary>
    public Task<string> SeedAsync(AdminJobId job) => Task.Run(() => state.Read(database =>
    {
        SqliteStatement query = database.Prepare("SELECT caller || '/' || idem_key || '/' || id FROM admin_job WHERE id = ?1").Bind(1, job.Value);
        return query.Step() ? query.Text(0)! : "";
    }));

    /// <summary>Another job created this chat: it is not the one that is looked for.</summary>
    public Task<bool> IsOfOtherJobAsync(string chat, AdminJobId job) => Task.Run(() => state.Read(database =>
        database.Prepare("SELECT 1 FROM admin_job WHERE kind = 0 AND chat = ?1 AND id <> ?2").Bind(1, chat).Bind(2, job.Value).Step()));

    /// <summary>The step's call is about to leave.</summary>
    public Task BeginAsync(AdminJobId job, int step, string? memo) => state.WriteAsync(database =>
    {
        const string Begin = "UPDATE admin_step SET state = 1, begun = ?3, memo = coalesce(?4, memo) WHERE job = ?1 AND step = ?2";
        database.Prepare(Begin).Bind(1, job.Value).Bind(2, step).Bind(3, NowUnixMs).Bind(4, memo).Run();
        Set(database, job, JobState.Running, 0, null);
    });

    /// <summary>The step has its result, or is to be made or settled again at <paramref name="retryAtUnixMs"/>.</summary>
    public Task EndAsync(AdminJobId job, int step, StepState to, StepEnd end, long retryAtUnixMs) => state.WriteAsync(database =>
    {
        bool ended = to is StepState.Done or StepState.Failed;
        bool failure = end.Verdict != StepVerdict.Done && !end.IsFlood;
        SqliteStatement set = database.Prepare(SetStep).Bind(1, job.Value).Bind(2, step).Bind(3, (long)to).Bind(4, failure ? 1 : 0).Bind(5, end.Memo);
        set.Bind(6, to == StepState.Done ? end.Json : null).Bind(7, to == StepState.Done ? null : end.Json).Bind(8, ended ? NowUnixMs : 0).Run();
        Set(database, job, ended ? JobState.Queued : JobState.Waiting, retryAtUnixMs, end.Chat);
    });

    /// <summary>Ends the job; steps that were not made get <paramref name="rest"/>.</summary>
    public Task FinishAsync(AdminJobId job, JobState final, StepState rest) => state.WriteAsync(database =>
    {
        const string Rest = "UPDATE admin_step SET state = ?2, ended = ?3 WHERE job = ?1 AND state < 2";
        database.Prepare(Rest).Bind(1, job.Value).Bind(2, (long)rest).Bind(3, NowUnixMs).Run();
        Set(database, job, final, 0, null);
    });

    /// <summary>So much of the file is stored at Telegram.</summary>
    public Task ReceivedAsync(AdminJobId job, string memo, long retryAtUnixMs) => state.WriteAsync(database =>
    {
        database.Prepare("UPDATE admin_step SET state = 1, memo = ?2 WHERE job = ?1 AND step = 0 AND state < 2").Bind(1, job.Value).Bind(2, memo).Run();
        // A cancel may have taken it out of Receiving meanwhile.
        database.Prepare("UPDATE admin_job SET retry_at = ?2, updated = ?3 WHERE id = ?1 AND state = 3")
            .Bind(1, job.Value).Bind(2, retryAtUnixMs).Bind(3, NowUnixMs).Run();
    });

    /// <summary>Removes what is too old and gives up uploads that nobody continues.</summary>
    public Task SweepAsync() => state.WriteAsync(database =>
    {
        long now = NowUnixMs;
        long stale = now - (Limits.AdminUploadHours * 3_600_000L);
        const string Error = """{"code":"content_missing","title":"the file's content did not come"}""";
        const string Late = "SELECT id FROM admin_job WHERE state = 3 AND updated < ?1";
        database.Prepare($"UPDATE admin_step SET state = 3, error = ?2 WHERE step = 0 AND job IN ({Late})").Bind(1, stale).Bind(2, Error).Run();
        database.Prepare($"UPDATE admin_step SET state = 4 WHERE step > 0 AND job IN ({Late})").Bind(1, stale).Run();
        database.Prepare("UPDATE admin_job SET state = 6, updated = ?2 WHERE state = 3 AND updated < ?1").Bind(1, stale).Bind(2, now).Run();
        long old = now - (Limits.AdminKeepDays * 86_400_000L);
        database.Prepare("DELETE FROM admin_step WHERE job IN (SELECT id FROM admin_job WHERE state >= 4 AND updated < ?1)").Bind(1, old).Run();
        database.Prepare("DELETE FROM admin_job WHERE state >= 4 AND updated < ?1").Bind(1, old).Run();
    });

    private void Set(SqliteDatabase database, AdminJobId job, JobState to, long retryAtUnixMs, string? chat) =>
        database.Prepare(SetJob).Bind(1, job.Value).Bind(2, (long)to).Bind(3, retryAtUnixMs).Bind(4, chat).Bind(5, NowUnixMs).Run();
}

using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Admin;

/// <summary>
/// The jobs in the state file. Writes complete when they are on disk. This part: taking jobs in and looking at them. What a loop writes about its own
/// jobs is in the other part; nobody else changes them but <see cref="CancelAsync"/>, which only leaves a wish.
/// </summary>
internal sealed partial class AdminStore(StateFile state, TimeProvider time)
{
    public static readonly Migration[] Migrations = AdminSchema.Migrations;

    private const string Columns = "id, kind, state, account, chat, created, updated, retry_at, cancel";
    private const string InsertJob =
        "INSERT INTO admin_job (id, kind, state, account, chat, created, updated, caller, idem_key, request_hash) VALUES (?1,?2,?3,?4,?5,?6,?6,?7,?8,?9)";
    private const string InsertStep = "INSERT INTO admin_step (job, step, kind, target, memo, input) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    private const string PageOf =
        $"SELECT {Columns} FROM admin_job WHERE id < ?1 AND (?2 IS NULL OR account = ?2) AND (?3 < 0 OR state = ?3) ORDER BY id DESC LIMIT ?4";

    private long NowUnixMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Stores the job, or finds the earlier one of its key.</summary>
    public async Task<JobAcceptance> AcceptAsync(NewJob job)
    {
        JobAcceptance acceptance = default;
        try
        {
            await state.WriteAsync(database => acceptance = Accept(database, job));
            return acceptance;
        }
        catch (Exception error) when (error is StateFileException or ObjectDisposedException)
        {
            return new JobAcceptance(JobAcceptOutcome.Unavailable, default);
        }
    }

    /// <summary>The job with its steps; null when there is none of that id.</summary>
    public Task<AdminJob?> FindAsync(AdminJobId id) => Task.Run(() => state.Read(database =>
    {
        SqliteStatement query = database.Prepare($"SELECT {Columns} FROM admin_job WHERE id = ?1").Bind(1, id.Value);
        return query.Step() ? WithSteps(database, Read(query)) : null;
    }));

    /// <summary>A page, newest first.</summary>
    /// <param name="account">Of that account only; null for all.</param>
    /// <param name="wanted">In that state only; null for all.</param>
    /// <param name="before">Older than this; 0 begins with the newest.</param>
    /// <param name="limit">Most of them.</param>
    public Task<List<AdminJob>> ListAsync(string? account, JobState? wanted, long before, int limit) => Task.Run(() => state.Read(database =>
    {
        SqliteStatement query = database.Prepare(PageOf).Bind(1, before == 0 ? long.MaxValue : before);
        query.Bind(2, account).Bind(3, wanted is { } only ? (long)only : -1).Bind(4, limit);
        var page = new List<AdminJob>();
        while (query.Step()) page.Add(Read(query));
        return page.ConvertAll(job => WithSteps(database, job));
    }));

    /// <summary>Asks for the job's end. False when it has ended or does not exist.</summary>
    /// <exception cref="StateFileException">Not written; a retry is safe.</exception>
    public async Task<bool> CancelAsync(AdminJobId id)
    {
        bool open = false;
        await state.WriteAsync(database =>
        {
            open = database.Prepare("SELECT 1 FROM admin_job WHERE id = ?1 AND state < 4").Bind(1, id.Value).Step();
            const string Ask = "UPDATE admin_job SET cancel = 1, state = 0, retry_at = 0, updated = ?2 WHERE id = ?1 AND state < 4";
            if (open) database.Prepare(Ask).Bind(1, id.Value).Bind(2, NowUnixMs).Run();
        });
        return open;
    }

    private JobAcceptance Accept(SqliteDatabase database, NewJob job)
    {
        SqliteStatement query = database.Prepare("SELECT id, request_hash FROM admin_job WHERE caller = ?1 AND idem_key = ?2");
        if (query.Bind(1, job.Caller).Bind(2, job.IdempotencyKey).Step())
        {
            bool same = query.Blob(1).SequenceEqual(job.RequestHash.Span);
            return new JobAcceptance(same ? JobAcceptOutcome.Repeated : JobAcceptOutcome.Conflict, new AdminJobId(query.Int64(0)));
        }

        query = database.Prepare("SELECT count(*) FROM admin_job WHERE account = ?1 AND state < 4").Bind(1, job.Account);
        if (query.Step() && query.Int64(0) >= Limits.AdminOpenJobsMax) return new JobAcceptance(JobAcceptOutcome.Full, default);

        query = database.Prepare("SELECT max(id) FROM admin_job");
        long last = query.Step() ? query.Int64(0) : 0;
        long id = Math.Max(last + 1, NowUnixMs << 16);
        JobState first = job.Steps[0].Kind == StepKind.ReceiveFile ? JobState.Receiving : JobState.Queued;
        database.Prepare(InsertJob).Bind(1, id).Bind(2, (long)job.Kind).Bind(3, (long)first).Bind(4, job.Account).Bind(5, job.Chat).Bind(6, NowUnixMs)
            .Bind(7, job.Caller).Bind(8, job.IdempotencyKey).Bind(9, job.RequestHash.Span).Run();
        for (int i = 0; i < job.Steps.Count; i++)
        {
            NewStep step = job.Steps[i];
            database.Prepare(InsertStep).Bind(1, id).Bind(2, i).Bind(3, (long)step.Kind).Bind(4, step.Target).Bind(5, step.Memo).Bind(6, step.Input).Run();
        }

        return new JobAcceptance(JobAcceptOutcome.Accepted, new AdminJobId(id));
    }

    private static AdminJob Read(SqliteStatement row) => new()
    {
        Id = new AdminJobId(row.Int64(0)),
        Kind = (JobKind)row.Int64(1),
        State = (JobState)row.Int64(2),
        Account = row.Text(3)!,
        Chat = row.Text(4),
        CreatedUnixMs = row.Int64(5),
        UpdatedUnixMs = row.Int64(6),
        RetryAtUnixMs = row.Int64(7),
        CancelAsked = row.Int64(8) != 0,
    };

    private static AdminJob WithSteps(SqliteDatabase database, AdminJob job)
    {
        const string Steps = "SELECT step, kind, target, state, attempts, memo, result, error FROM admin_step WHERE job = ?1 ORDER BY step";
        SqliteStatement row = database.Prepare(Steps).Bind(1, job.Id.Value);
        var steps = new List<AdminStep>();
        while (row.Step())
        {
            steps.Add(new AdminStep(
                (int)row.Int64(0), (StepKind)row.Int64(1), row.Text(2)!, (StepState)row.Int64(3), (int)row.Int64(4), row.Text(5), row.Text(6), row.Text(7)));
        }

        return job with { Steps = steps };
    }
}

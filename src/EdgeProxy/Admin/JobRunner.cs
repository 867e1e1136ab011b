using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Takes a job one step further:
/// 1. a step that the others need has failed: the job has failed, the rest is skipped;
/// 2. nothing is left: the job ends;
/// 3. its end was asked for: what is not begun is not made;
/// 4. the next step is made, or settled when it was begun before;
/// 5. its end is on disk.
/// </summary>
internal sealed class JobRunner(AdminStore store, StepCalls calls, TimeProvider time)
{
    /// <exception cref="Sqlite.StateFileException">Not written; the step is settled at the next try.</exception>
    /// <exception cref="OperationCanceledException">The process stops.</exception>
    public async Task AdvanceAsync(AdminJobId id, CancellationToken stop)
    {
        if (await store.FindAsync(id) is not { IsOpen: true } job) return;

        // 1.
        if (job.Steps.Any(step => step.IsNeeded && step.State == StepState.Failed))
        {
            await FinishAsync(job, JobState.Failed, StepState.Skipped);
            return;
        }

        // 2.
        AdminStep? next = job.Steps.FirstOrDefault(step => step.State is StepState.Waiting or StepState.Begun);
        if (next is null)
        {
            await FinishAsync(job, StateOf(job), StepState.Skipped);
            return;
        }

        // 3. The bytes of a file are nothing at Telegram until they are sent.
        if (job.CancelAsked && (next.State == StepState.Waiting || next.Kind == StepKind.ReceiveFile))
        {
            await FinishAsync(job, JobState.Cancelled, StepState.Cancelled);
            return;
        }

        // 4.
        StepEnd end = await calls.RunAsync(job, next, stop);

        // 5.
        if (end.Verdict is StepVerdict.Again or StepVerdict.Unknown && !end.IsFlood && next.Attempts + 1 >= Limits.AdminAttemptsMax)
        {
            end = end with { Verdict = StepVerdict.Failed };
        }

        StepState to = end.Verdict switch
        {
            StepVerdict.Done => StepState.Done,
            StepVerdict.Failed => StepState.Failed,
            StepVerdict.Again => StepState.Waiting,
            _ => StepState.Begun,
        };
        await store.EndAsync(id, next.Number, to, end, end.Verdict is StepVerdict.Done or StepVerdict.Failed ? 0 : RetryAtUnixMs(next, end));
    }

    private async Task FinishAsync(AdminJob job, JobState final, StepState rest)
    {
        await store.FinishAsync(job.Id, final, rest);
        AdminMetrics.Ended(job.Kind, final);
    }

    private static JobState StateOf(AdminJob job)
    {
        int done = job.Steps.Count(step => step.State == StepState.Done);
        return done == job.Steps.Count ? JobState.Done : done == 0 ? JobState.Failed : JobState.Partial;
    }

    private long RetryAtUnixMs(AdminStep step, StepEnd end)
    {
        long waitMs = end.RetryAfterMs > 0 ? end.RetryAfterMs : Math.Max(Limits.AdminRetryMs, RetrySchedule.DelayMs(step.Attempts + 1, 0, Random.Shared));
        return time.GetUtcNow().ToUnixTimeMilliseconds() + waitMs;
    }
}

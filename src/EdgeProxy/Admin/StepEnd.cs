using System.Text;

namespace EdgeProxy.Admin;

/// <summary>The end of one attempt at a step.</summary>
/// <param name="Verdict">How it ended.</param>
/// <param name="Json">Result when done, else what was said against it; null when nothing was.</param>
internal sealed record StepEnd(StepVerdict Verdict, string? Json)
{
    /// <summary>Wait that was asked for, ms; 0 leaves it to the schedule.</summary>
    public long RetryAfterMs { get; init; }

    /// <summary>Telegram or the pace asked for the wait: no failure.</summary>
    public bool IsFlood { get; init; }

    /// <summary>The chat that the step made; null otherwise.</summary>
    public string? Chat { get; init; }

    /// <summary>Replaces the step's memo when not null.</summary>
    public string? Memo { get; init; }

    public static StepEnd Of(SidecarReply reply)
    {
        string? json = reply.Body.IsEmpty ? null : Encoding.UTF8.GetString(reply.Body.Span);
        return reply.Outcome switch
        {
            SidecarOutcome.Ok => new StepEnd(StepVerdict.Done, json ?? "{}"),
            SidecarOutcome.Refused => new StepEnd(StepVerdict.Failed, json),
            SidecarOutcome.FloodWait => new StepEnd(StepVerdict.Again, json) { RetryAfterMs = reply.RetryAfterMs, IsFlood = true },
            SidecarOutcome.NotSent => new StepEnd(StepVerdict.Again, json) { RetryAfterMs = reply.RetryAfterMs },
            _ => new StepEnd(StepVerdict.Unknown, json),
        };
    }
}

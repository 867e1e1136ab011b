using EdgeProxy.Bots;

namespace EdgeProxy.Lanes;

/// <summary>One bot's lanes: who may send when. One loop owns all of its state.</summary>
internal sealed class LaneScheduler : IAsyncDisposable
{
    private readonly Bot _bot;

    public LaneScheduler(Bot bot, LaneSettings settings, TimeProvider time, ILogger logger)
    {
        _bot = bot;
        (_, _, _) = (settings, time, logger);
    }

    /// <summary>Waits for a turn. A grant reserves the budgets of chat and bot.</summary>
    public ValueTask<LaneGrant> EnterAsync(in LaneRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new LaneGrant(cancellationToken.IsCancellationRequested ? LaneVerdict.Abandoned : LaneVerdict.Granted, 0, request));

    /// <summary>
    /// Another attempt of a granted call, which keeps its place before all others of its chat. The outcome of the last attempt is taken into
    /// account (a 429 closes the gate). Ends the old grant: after Full or Abandoned there is nothing to leave.
    /// </summary>
    /// <param name="grant">The grant of the last attempt.</param>
    /// <param name="outcome">How that attempt ended.</param>
    /// <param name="retryAfterS">What a 429 named, seconds; else 0.</param>
    /// <param name="notBeforeMs">Least pause, milliseconds from now: the back-off after NotSent and 5xx.</param>
    /// <param name="maxWaitMs">As in <see cref="LaneRequest.MaxWaitMs"/>, from now.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public ValueTask<LaneGrant> AgainAsync(
        LaneGrant grant, SendOutcome outcome, int retryAfterS, int notBeforeMs, int maxWaitMs, CancellationToken cancellationToken) =>
        EnterAsync(grant.Request with { MaxWaitMs = maxWaitMs }, cancellationToken);

    /// <summary>Gives the place back. NotSent and Abandoned return the budget; RetryAfter closes the gate.</summary>
    public void Leave(LaneGrant grant, SendOutcome outcome, int retryAfterS)
    {
    }

    public LaneSnapshot Snapshot() => new(_bot.Name, default, 0, 0, 0, 0, 0);

    /// <summary>Refuses whoever still waits with Abandoned.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

namespace EdgeProxy.BotApi;

/// <summary>What to do with a call that carries a key.</summary>
/// <param name="Outcome">Says which of the others is set.</param>
internal readonly record struct IdempotencyBegin(IdempotencyOutcome Outcome)
{
    /// <summary>With Fresh.</summary>
    public IdempotencyTicket? Ticket { get; init; }

    /// <summary>With Answered.</summary>
    public IdempotencyAnswer? Answer { get; init; }

    /// <summary>
    /// With InFlight: the end of the first call. Its answer, a refusal or 504 too; null when it ended without one (its caller went away before it
    /// left): begin again.
    /// </summary>
    public Task<IdempotencyAnswer?>? First { get; init; }
}

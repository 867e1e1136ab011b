namespace EdgeProxy.Lanes;

/// <summary>Under what terms a call goes through the lanes.</summary>
internal sealed record SendTerms
{
    public LanePriority Priority { get; init; } = LanePriority.Normal;

    /// <summary>A chat that wrote in the last minutes makes this call interactive. Off for bulk.</summary>
    public bool RaiseWhenHeard { get; init; } = true;

    /// <summary>How long the call may wait in all: for its turn, for a 429 to pass, between attempts.</summary>
    public required TimeSpan MaxWait { get; init; }

    /// <summary>
    /// Runs when the lane has granted, before the first byte of each attempt leaves: where a durable "sending" is written. False ends the call as
    /// <see cref="SendOutcome.Abandoned"/>. Must not throw.
    /// </summary>
    public Func<ValueTask<bool>>? BeforeFirstByte { get; init; }

    /// <summary>
    /// Runs when an attempt was refused for certain (with what it came back with) and the call begins to wait for another one; that one waits for it.
    /// Where a durable "sending" is taken back, so that a crash during the wait leaves no doubt. Must not throw.
    /// </summary>
    public Func<SendResult, Task>? WhenRefused { get; init; }
}

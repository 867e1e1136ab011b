namespace EdgeProxy.Admin;

/// <summary>A job as it is asked for: whole and checked.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Account">Whose session does it.</param>
/// <param name="Chat">The chat; null when the first step creates it.</param>
/// <param name="Steps">At least one.</param>
internal sealed record NewJob(JobKind Kind, string Account, string? Chat, IReadOnlyList<NewStep> Steps)
{
    /// <summary>Name of the API key: each has its own Idempotency-Keys.</summary>
    public string Caller { get; init; } = "";

    public string IdempotencyKey { get; init; } = "";

    /// <summary>SHA-256 of method, path and body, 32 bytes.</summary>
    public ReadOnlyMemory<byte> RequestHash { get; init; }
}

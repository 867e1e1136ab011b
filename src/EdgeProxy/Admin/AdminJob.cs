namespace EdgeProxy.Admin;

/// <summary>A durable operation: steps that are made one after the other, each at most once as far as anybody can tell.</summary>
internal sealed record AdminJob
{
    public required AdminJobId Id { get; init; }
    public required JobKind Kind { get; init; }
    public required JobState State { get; init; }
    public required string Account { get; init; }

    /// <summary>As the Bot API writes it, or @username; null until the group is created.</summary>
    public required string? Chat { get; init; }

    public required long CreatedUnixMs { get; init; }
    public required long UpdatedUnixMs { get; init; }

    /// <summary>Not tried before; 0 when nothing is waited for.</summary>
    public required long RetryAtUnixMs { get; init; }

    public required bool CancelAsked { get; init; }

    /// <summary>In order. Lists of jobs have them too.</summary>
    public IReadOnlyList<AdminStep> Steps { get; init; } = [];

    public bool IsOpen => State < JobState.Done;
}

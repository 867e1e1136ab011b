using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>How status call-backs are delivered.</summary>
/// <param name="Secret">Signs them; never empty.</param>
internal sealed record CallbackSettings(ReadOnlyMemory<byte> Secret)
{
    /// <summary>Attempts before a call-back is dead.</summary>
    public int AttemptsMax { get; init; } = Limits.CallbackAttemptsMax;

    /// <summary>Age at which it is dead whatever the attempts.</summary>
    public TimeSpan AgeMax { get; init; } = TimeSpan.FromHours(Limits.CallbackHoursMax);

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(Limits.CallbackTimeoutS);
}

namespace EdgeProxy.Fanout;

/// <summary>What a subscription does now.</summary>
internal enum SubscriptionState : byte
{
    /// <summary>Delivering, or waiting for updates.</summary>
    Running,

    /// <summary>The consumer does not answer: one key at a time is tried, on the retry schedule.</summary>
    Down,

    /// <summary>The consumer answered 410 for Limits.GoneHours. Nothing is delivered until a restart.</summary>
    Disabled,
}

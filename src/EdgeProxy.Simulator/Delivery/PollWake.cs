namespace EdgeProxy.Simulator.Delivery;

/// <summary>Why a waiting getUpdates ended.</summary>
internal enum PollWake
{
    /// <summary>Updates came, or the time is over.</summary>
    Update,

    /// <summary>A newer getUpdates took its place: 409.</summary>
    Newer,

    /// <summary>A webhook is set: 409.</summary>
    Webhook,
}

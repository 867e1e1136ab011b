namespace EdgeProxy.Lanes;

/// <summary>Why a call got no turn.</summary>
internal enum LaneRefusal : byte
{
    None,

    /// <summary>The chat's lane has LaneDepth calls.</summary>
    LaneFull,

    /// <summary>All lanes together have LanesWaitingMax calls.</summary>
    BotFull,

    /// <summary>It was certain that its turn would come too late.</summary>
    TooLong,

    /// <summary>Its turn had not come in time.</summary>
    TimedOut,

    /// <summary>Its caller went away, or the scheduler ends.</summary>
    Abandoned,
}

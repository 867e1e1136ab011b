namespace EdgeProxy.Lanes;

/// <summary>What the scheduler says to a wish.</summary>
internal enum LaneVerdict : byte
{
    /// <summary>Send now, then leave.</summary>
    Granted,

    /// <summary>No place, or no turn within the wait. Nothing is held; do not leave.</summary>
    Full,

    /// <summary>The caller went away while it waited. Nothing is held; do not leave.</summary>
    Abandoned,
}

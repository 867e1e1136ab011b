namespace EdgeProxy.Admin;

/// <summary>How an attempt at a step ended.</summary>
internal enum StepVerdict
{
    Done,

    /// <summary>Refused for good.</summary>
    Failed,

    /// <summary>Not done; to be made again later.</summary>
    Again,

    /// <summary>Nobody knows; to be settled later.</summary>
    Unknown,
}

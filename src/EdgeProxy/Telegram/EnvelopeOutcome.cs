namespace EdgeProxy.Telegram;

/// <summary>Whether a body is an update. Every value but Ok is final: sending the same bytes again cannot help.</summary>
internal enum EnvelopeOutcome : byte
{
    Ok = 0,

    /// <summary>Not one JSON object in valid UTF-8, or nested deeper than Limits.JsonDepthMax.</summary>
    InvalidJson = 1,

    /// <summary>No update_id, or one that is not an integer of 64 bits.</summary>
    NoUpdateId = 2,

    /// <summary>Empty body.</summary>
    Empty = 3,
}

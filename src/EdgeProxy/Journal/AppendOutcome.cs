namespace EdgeProxy.Journal;

/// <summary>What became of an append. Appended and Duplicate are durable; after the others the caller may safely try again.</summary>
internal enum AppendOutcome : byte
{
    /// <summary>On disk now.</summary>
    Appended = 0,

    /// <summary>Its original is on disk.</summary>
    Duplicate = 1,

    /// <summary>The queue or the journal's size bound is reached. Retry later.</summary>
    Full = 2,

    /// <summary>The disk refused. Nothing was stored as far as anyone will be told. Retry later.</summary>
    DiskFailed = 3,

    /// <summary>The process is stopping. Retry with its successor.</summary>
    Stopping = 4,
}

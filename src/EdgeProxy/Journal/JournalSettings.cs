using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>What an operator (or a test) may choose about the journal.</summary>
/// <param name="Folder">Where the segments live; created when missing.</param>
internal sealed record JournalSettings(string Folder)
{
    /// <summary>Bound of all segments together, bytes.</summary>
    public long MaxBytes { get; init; } = Limits.JournalBytesMax;

    /// <summary>Bytes of one segment; a multiple of 4096.</summary>
    public int SegmentBytes { get; init; } = Limits.JournalSegmentBytes;
}

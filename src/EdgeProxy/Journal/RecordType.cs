namespace EdgeProxy.Journal;

/// <summary>What a record in a segment is. On disk: never renumber.</summary>
internal enum RecordType : byte
{
    Update = 1,

    /// <summary>Covers bytes that recovery gave up; readers step over it in silence.</summary>
    Filler = 2,
}

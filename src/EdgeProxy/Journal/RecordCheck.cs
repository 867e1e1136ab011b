namespace EdgeProxy.Journal;

/// <summary>What stands at a place in a segment.</summary>
internal enum RecordCheck : byte
{
    Update,
    Filler,

    /// <summary>A good header whose body does not match: the next record is where the header says.</summary>
    BodyDamaged,

    /// <summary>No header: the next record must be searched.</summary>
    NoRecord,
}

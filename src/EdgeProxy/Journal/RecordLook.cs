namespace EdgeProxy.Journal;

/// <summary>Whether a record could be read where it should be.</summary>
internal enum RecordLook : byte
{
    Found,

    /// <summary>No longer kept, or corrupt. Looking again changes nothing.</summary>
    Gone,

    /// <summary>Kept on a server and not at hand: bring it and look again.</summary>
    Away,
}

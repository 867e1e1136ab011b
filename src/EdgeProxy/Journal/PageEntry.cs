namespace EdgeProxy.Journal;

/// <summary>Where a record lies in its page.</summary>
internal struct PageEntry
{
    public long Position;
    public int Offset;

    /// <summary>Header and body, bytes.</summary>
    public int Bytes;
}

namespace EdgeProxy.Lanes;

/// <summary>The caller of one wait is gone.</summary>
internal sealed class LaneCancel(LaneEntry entry, int turn) : LaneMail
{
    public LaneEntry Entry => entry;

    /// <summary>Which wait of the entry; a later one is not meant.</summary>
    public int Turn => turn;
}

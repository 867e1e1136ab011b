namespace EdgeProxy.Lanes;

/// <summary>What an entry asks of the loop.</summary>
internal enum LaneStep : byte
{
    Enter,
    Again,
    Leave,

    /// <summary>Not the caller's word: the shared budget answered.</summary>
    Reserved,
}

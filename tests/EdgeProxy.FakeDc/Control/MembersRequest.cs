namespace EdgeProxy.FakeDc.Control;

/// <summary>Body of POST /members: synthetic members for a group.</summary>
internal sealed class MembersRequest
{
    /// <summary>Bare id.</summary>
    public long Group { get; set; }

    public int Count { get; set; }
}

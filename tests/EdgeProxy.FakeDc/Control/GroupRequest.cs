namespace EdgeProxy.FakeDc.Control;

/// <summary>Body of POST /groups: a group that was there before the test.</summary>
internal sealed class GroupRequest
{
    /// <summary>Of the account that owns it.</summary>
    public string Phone { get; set; } = "";

    public string Title { get; set; } = "Group";

    public string About { get; set; } = "";

    public bool Forum { get; set; }

    /// <summary>Synthetic members besides the owner.</summary>
    public int Members { get; set; }
}

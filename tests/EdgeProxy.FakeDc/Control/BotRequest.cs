namespace EdgeProxy.FakeDc.Control;

/// <summary>Body of POST /bots.</summary>
internal sealed class BotRequest
{
    public string Username { get; set; } = "";

    public string Name { get; set; } = "Bot";

    /// <summary>Refuses groups: BOT_GROUPS_BLOCKED.</summary>
    public bool NoGroups { get; set; }
}

namespace EdgeProxy.Simulator.Control;

/// <summary>Body of POST /sim/bots.</summary>
internal sealed class BotRequest
{
    public string? Token { get; set; }

    /// <summary>May send with allow_paid_broadcast.</summary>
    public bool Paid { get; set; }
}

namespace EdgeProxy.Simulator.Control;

/// <summary>One injected fault and the calls that it hits: every filter that is set must match.</summary>
internal sealed class FaultRule
{
    public FaultKind Kind { get; set; }

    /// <summary>Only this bot (the number before the colon of its token).</summary>
    public long? BotId { get; set; }

    /// <summary>Only this method.</summary>
    public string? Method { get; set; }

    /// <summary>Only this chat.</summary>
    public long? ChatId { get; set; }

    /// <summary>Calls that it hits before it is gone; absent: until it is deleted.</summary>
    public int? Count { get; set; }

    /// <summary>Share of the matching calls that it hits, 0–1.</summary>
    public double Probability { get; set; } = 1;

    /// <summary>For <see cref="FaultKind.Latency"/> and <see cref="FaultKind.LatencyAfter"/>, milliseconds.</summary>
    public int LatencyMs { get; set; }

    /// <summary>For <see cref="FaultKind.ServerError"/>.</summary>
    public int Status { get; set; } = 502;

    /// <summary>For <see cref="FaultKind.ServerError"/>: the body is a page of HTML, as the front end of a failed back end says it.</summary>
    public bool Html { get; set; }

    /// <summary>For <see cref="FaultKind.BadRequest"/>: what follows "Bad Request: ".</summary>
    public string Description { get; set; } = "message thread not found";

    /// <summary>For <see cref="FaultKind.Flood"/> and <see cref="FaultKind.AlbumFlood"/>, seconds.</summary>
    public int RetryAfter { get; set; } = 1;

    /// <summary>For <see cref="FaultKind.Migrated"/>.</summary>
    public long MigrateToChatId { get; set; }
}

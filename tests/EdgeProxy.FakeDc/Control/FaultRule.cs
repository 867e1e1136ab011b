namespace EdgeProxy.FakeDc.Control;

/// <summary>Body of POST /faults: which calls go wrong, and how.</summary>
internal sealed class FaultRule
{
    /// <summary>A method's name, or * for every method.</summary>
    public string Method { get; set; } = "*";

    /// <summary>Only calls about this chat or user (bare id); null for all.</summary>
    public long? Peer { get; set; }

    /// <summary>Only calls of this account; null for all.</summary>
    public long? User { get; set; }

    public FaultKind Kind { get; set; }

    /// <summary>The first matching call that is hit: 1 is the next.</summary>
    public int Nth { get; set; } = 1;

    /// <summary>How many calls are hit from there on.</summary>
    public int Times { get; set; } = 1;

    /// <summary>Of a flood wait.</summary>
    public int Seconds { get; set; } = 1;

    public int Code { get; set; } = 500;

    public string Message { get; set; } = "INTERNAL";

    /// <summary>Of a delay.</summary>
    public int Ms { get; set; }

    public LostPart Lose { get; set; }
}

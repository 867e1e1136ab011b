namespace EdgeProxy.Ingest;

/// <summary>How a bot's way in is doing, for health. One writer: the loop that owns it.</summary>
internal sealed class IngestState(string bot)
{
    private string? _problem = "starting";

    public string Bot { get; } = bot;

    /// <summary>Why updates may not be coming; null when they can.</summary>
    public string? Problem
    {
        get => Volatile.Read(ref _problem);
        set => Volatile.Write(ref _problem, value);
    }
}

using System.Text.Json;

namespace EdgeProxy.Simulator.Control;

/// <summary>Body of POST /sim/updates: one raw update, or a number of recorded ones.</summary>
internal sealed class UpdatesRequest
{
    /// <summary>Number before the colon of the token; may be absent when there is one bot.</summary>
    public long BotId { get; set; }

    /// <summary>Sent as it is; an update_id is put in front when it has none.</summary>
    public JsonElement? Update { get; set; }

    /// <summary>"mix", or the name of a recorded shape.</summary>
    public string? Shape { get; set; }
    public int Count { get; set; } = 1;

    /// <summary>Over how many chats.</summary>
    public int Chats { get; set; } = 10;
}

using System.Text.Json;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>What a call came back with; <paramref name="Marker"/> is the text that tells the call at the simulator.</summary>
internal sealed record BotReply(string Marker, int Status, string? Outcome, int? RetryAfterS, JsonElement Body);

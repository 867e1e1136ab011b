using System.Text.Json;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>What the message API answered; status 0 when nobody did or the answer was lost.</summary>
internal sealed record OutboxReply(int Status, int? RetryAfterS, JsonElement Body)
{
    public string Id => Body.GetProperty("id").GetString()!;

    public string State => Body.GetProperty("status").GetString()!;
}

namespace EdgeProxy.Simulator.Delivery;

/// <summary>
/// The updates of one key that wait for the webhook; the head is the one in flight. Guarded by its <see cref="WebhookPump"/>.
/// </summary>
internal sealed class KeyLane(DeliveryKey key, int generation)
{
    public DeliveryKey Key { get; } = key;

    /// <summary>Which setWebhook it was made for; a lane of an older one is dead.</summary>
    public int Generation { get; } = generation;

    public Queue<SimUpdate> Waiting { get; } = new();

    /// <summary>Failed attempts at the head.</summary>
    public int Failures { get; set; }
}

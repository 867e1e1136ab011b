namespace EdgeProxy.Outbox;

internal sealed class OutboxHost
{
    public OutboxState Snapshot() => default;
}

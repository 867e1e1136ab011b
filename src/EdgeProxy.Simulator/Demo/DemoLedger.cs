using System.Security.Cryptography;
using EdgeProxy.Simulator.Delivery;

namespace EdgeProxy.Simulator.Demo;

/// <summary>
/// What was sent and what the consumer acknowledged. Doubled: acknowledged twice. Out of order: acknowledged after a later update
/// of its key. Altered: other bytes than were sent. Thread-safe.
/// </summary>
internal sealed class DemoLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (DeliveryKey Key, byte[] Sha256)> _sent = [];
    private readonly HashSet<long> _acknowledged = [];
    private readonly Dictionary<DeliveryKey, long> _last = [];

    public int Sent { get; private set; }
    public int Delivered { get; private set; }
    public int Doubled { get; private set; }
    public int OutOfOrder { get; private set; }
    public int Altered { get; private set; }

    /// <summary>Sent and not acknowledged.</summary>
    public int Missing => Sent - Delivered;

    /// <summary>Notes an update before it can arrive.</summary>
    public void Announce(SimUpdate update)
    {
        lock (_gate)
        {
            _sent[update.UpdateId] = (update.Key, SHA256.HashData(update.Body));
            Sent++;
        }
    }

    /// <summary>Takes back an update that the simulator did not queue.</summary>
    public void Withdraw(long updateId)
    {
        lock (_gate)
        {
            if (_sent.Remove(updateId))
            {
                Sent--;
            }
        }
    }

    public void Acknowledge(long updateId, byte[] body)
    {
        byte[] hash = SHA256.HashData(body);
        lock (_gate)
        {
            if (!_sent.TryGetValue(updateId, out var sent) || !hash.AsSpan().SequenceEqual(sent.Sha256))
            {
                Altered++;
                return;
            }

            if (!_acknowledged.Add(updateId))
            {
                Doubled++;
                return;
            }

            Delivered++;
            if (_last.TryGetValue(sent.Key, out long last) && last > updateId)
            {
                OutOfOrder++;
                return;
            }

            _last[sent.Key] = updateId;
        }
    }
}

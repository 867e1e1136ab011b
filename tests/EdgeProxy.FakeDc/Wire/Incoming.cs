using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>One message out of a packet or container.</summary>
/// <param name="MessageId">The client's number for it.</param>
/// <param name="SeqNo">Odd when it needs an acknowledgement.</param>
/// <param name="Object">What it says; null when it cannot be read.</param>
/// <param name="Fault">Why it cannot; null otherwise.</param>
internal sealed record Incoming(long MessageId, int SeqNo, TlObject? Object, TlException? Fault)
{
    private const uint ContainerId = 0x73f1f8dc;
    private const int ContainedMax = 1024;

    /// <summary>The messages of a packet, unread ones included, in their order.</summary>
    /// <exception cref="TlException">The container itself is broken.</exception>
    public static List<Incoming> Read(Packet packet)
    {
        var reader = new TlReader(packet.Body);
        if (reader.PeekId() != ContainerId)
            return [One(packet.MessageId, packet.SeqNo, packet.Body)];
        reader.Id();
        var count = reader.Int();
        if (count is < 0 or > ContainedMax)
            throw new TlException("a container of " + count);
        var messages = new List<Incoming>(count);
        for (var i = 0; i < count; i++)
        {
            var id = reader.Long();
            var seqNo = reader.Int();
            messages.Add(One(id, seqNo, reader.Raw(reader.Int())));
        }

        return messages;
    }

    private static Incoming One(long id, int seqNo, ReadOnlyMemory<byte> body)
    {
        try
        {
            return new Incoming(id, seqNo, new TlReader(body).Object(), null);
        }
        catch (TlException e)
        {
            return new Incoming(id, seqNo, null, e);
        }
    }
}

namespace EdgeProxy.Outbox;

/// <summary>
/// Makes ids in a cluster: unique by the process' slot, and in the order of the server's clock, so that what one process accepted after another had
/// answered has the higher id. Owned by one writer.
/// <code>
/// 42 bits milliseconds since 2020 · 13 bits eighths of a microsecond, or what counts on from them · 8 bits slot
/// </code>
/// </summary>
internal sealed class OutboxIds
{
    private const int SlotBits = 8;
    private const int PartsPerUs = 8;
    private long _last;

    /// <summary>Nothing at or below that id is made: a server's clock that was set back must not bring ids back.</summary>
    public void Above(long id) => _last = Math.Max(_last, id >> SlotBits);

    public MessageId Next(long nowUnixUs, int slot)
    {
        long part = MessageClock.FirstOf(nowUnixUs / 1_000) >> SlotBits;
        _last = Math.Max(_last + 1, part + (nowUnixUs % 1_000 * PartsPerUs));
        return new MessageId((_last << SlotBits) | (long)slot);
    }
}

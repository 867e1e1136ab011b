namespace EdgeProxy.Journal;

/// <summary>
/// The (bot, update_id) pairs of the batch that is being written: they enter the dedupe window only when they are on disk, so that a
/// failed batch leaves no trace there. Open addressing; clearing is one increment.
/// </summary>
internal sealed class BatchIds
{
    private readonly long[] _bots;
    private readonly long[] _ids;
    private readonly uint[] _epochs;
    private readonly int _mask;
    private uint _epoch = 1;

    public BatchIds(int capacity)
    {
        var slots = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity * 2);
        (_bots, _ids, _epochs, _mask) = (new long[slots], new long[slots], new uint[slots], slots - 1);
    }

    /// <summary>False when the pair is already in the batch.</summary>
    public bool Add(long botId, long updateId)
    {
        var slot = HashCode.Combine(botId, updateId) & _mask;
        while (_epochs[slot] == _epoch)
        {
            if (_ids[slot] == updateId && _bots[slot] == botId)
                return false;
            slot = (slot + 1) & _mask;
        }
        (_epochs[slot], _bots[slot], _ids[slot]) = (_epoch, botId, updateId);
        return true;
    }

    public void Clear()
    {
        if (++_epoch != 0)
            return;
        Array.Clear(_epochs);
        _epoch = 1;
    }
}

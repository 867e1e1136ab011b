using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>
/// The loop's view of one queue: where its walk stands and what of it is in flight. A walk goes round: lane after lane, one message each. When a
/// whole round finds nothing and nothing came meanwhile, the walk rests, and only lanes that are named (something came, or a message of theirs
/// ended) are looked at. Owned by the loop.
/// </summary>
internal sealed class OutboxQueue(long number, Bot? bot, LanePriority priority)
{
    private readonly Queue<long> _named = new();
    private bool _foundInRound;
    private bool _changedInRound;
    private int _fullInARow;

    public long Number => number;
    /// <summary>Null for a broadcast: each of its messages names it.</summary>
    public Bot? Bot => bot;
    public LanePriority Priority => priority;
    public bool IsBroadcast { get; } = OutboxNumbers.IsBroadcastQueue(number);

    /// <summary>Lanes (of broadcasts: ids) in flight.</summary>
    public HashSet<long> Busy { get; } = [];
    public long Cursor { get; private set; } = long.MinValue;

    /// <summary>The walk rests.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Nothing is asked of it before.</summary>
    public long PausedUntilUnixMs { get; set; }

    /// <summary>Takes the walk up again.</summary>
    public void Wake()
    {
        IsExhausted = false;
        _changedInRound = true;
    }

    /// <summary>Something may be ready in that lane.</summary>
    public void Name(long lane)
    {
        // A broadcast has no lanes to name; and very many named ones are found faster by walking.
        if (!IsExhausted || IsBroadcast || _named.Count >= Limits.OutboxNamedLanesMax)
        {
            _named.Clear();
            Wake();
            return;
        }

        _named.Enqueue(lane);
    }

    public bool TryNextNamed(out long lane) => _named.TryDequeue(out lane);

    /// <summary>Takes a page of the walk into account. True when it may go on at once.</summary>
    public bool Walked(in PendingPage page)
    {
        Cursor = page.Next;
        _foundInRound |= page.Messages.Count > 0;
        if (!page.End) return true;
        IsExhausted = !_foundInRound && !_changedInRound;
        (_foundInRound, _changedInRound) = (false, false);
        return !IsExhausted;
    }

    /// <summary>
    /// A message ended. Many refusals in a row mean that the bot itself is held back: then the queue waits too, instead of trying chat after chat.
    /// </summary>
    public void Ended(OutboxSend send, long nowUnixMs)
    {
        Busy.Remove(send.Message.Lane);
        if (!IsBroadcast) Name(send.Message.Lane);
        else if (!send.IsMarked) Wake();
        if (send.WasRefused) PausedUntilUnixMs = nowUnixMs + Limits.OutboxRestMsMin;
        _fullInARow = send.WasFull ? _fullInARow + 1 : 0;
        if (_fullInARow < Limits.OutboxFullInARow) return;
        int doublings = Math.Min(_fullInARow / Limits.OutboxFullInARow, 5);
        PausedUntilUnixMs = nowUnixMs + ((long)Limits.OutboxRestMsMin << doublings);
    }
}

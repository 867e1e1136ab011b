using EdgeProxy.FakeDc.Crypto;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>One session of one key: it outlives its connections. Guarded by the data centre's lock.</summary>
internal sealed class Session(AuthKey key, long id)
{
    /// <summary>A client has at most a few hundred calls in flight; what is older than this many is never asked about.</summary>
    private const int RememberedMax = 8192;

    /// <summary>Answers kept for a connection that may never come back: of half a megabyte each at worst.</summary>
    private const int UnacknowledgedMax = 256;

    private readonly Dictionary<long, long> _answers = [];
    private readonly Queue<long> _order = new();
    private int _sent;

    public AuthKey Key => key;

    public long Id => id;

    public long UniqueId { get; } = Numbers.RandomLong();

    public bool Announced { get; set; }

    /// <summary>Where its answers go now.</summary>
    public Connection? Connection { get; set; }

    /// <summary>What the client has not acknowledged, by message id, oldest first: sent again on the next connection.</summary>
    public SortedDictionary<long, Outgoing> Unacknowledged { get; } = [];

    public void Keep(Outgoing message)
    {
        Unacknowledged.Add(message.MessageId, message);
        if (Unacknowledged.Count > UnacknowledgedMax)
            Unacknowledged.Remove(Unacknowledged.First().Key);
    }

    /// <returns>False when the message came before.</returns>
    public bool Remember(long messageId)
    {
        if (!_answers.TryAdd(messageId, 0))
            return false;
        _order.Enqueue(messageId);
        if (_order.Count > RememberedMax)
            _answers.Remove(_order.Dequeue());
        return true;
    }

    public bool Received(long messageId) => _answers.ContainsKey(messageId);

    /// <summary>Forgets that it came: a call that was cut off before it was done.</summary>
    public void Forget(long messageId) => _answers.Remove(messageId);

    /// <summary>The answer's message id; 0 when there is none yet.</summary>
    public long AnswerTo(long messageId) => _answers.GetValueOrDefault(messageId);

    public void SetAnswer(long messageId, long answerId) => _answers[messageId] = answerId;

    /// <summary>Messages that need an acknowledgement have odd numbers.</summary>
    public int NextSeqNo(bool content) => content ? (_sent++ * 2) + 1 : _sent * 2;
}

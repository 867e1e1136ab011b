using EdgeProxy.Redis;

namespace EdgeProxy.Journal;

/// <summary>Walks over the entries of a stream in a reply: [[id, [field, value]], …].</summary>
internal ref struct StreamReply
{
    private RespReader _reply;
    private int _left;

    /// <summary>Of XRANGE.</summary>
    public static bool TryOpenRange(RespReader reply, out StreamReply entries)
    {
        entries = default;
        if (!reply.TryReadAggregate(out int count)) return false;
        entries = new() { _reply = reply, _left = count };
        return true;
    }

    /// <summary>Of XREAD of one stream: null (no entries) or a map from its key to them.</summary>
    public static bool TryOpenRead(RespReader reply, out StreamReply entries)
    {
        entries = default;
        if (!reply.Read()) return false;
        if (reply.IsNull) return true;
        return reply.Kind == RespKind.Map && reply.TryReadText(out _) && TryOpenRange(reply, out entries);
    }

    public readonly int Left => _left;

    /// <summary>The next entry. Ended when there is none; a reply of another shape ends it too, and says so in IsBroken.</summary>
    public bool TryNext(out long position, out ReadOnlySpan<byte> record)
    {
        position = 0;
        record = default;
        if (_left == 0 || IsBroken) return false;
        _left--;
        int fields = 0;
        IsBroken = !_reply.TryReadAggregate(out int parts) || parts != 2 || !_reply.TryReadText(out ReadOnlySpan<byte> id)
            || !StreamId.TryParse(id, out position) || !_reply.TryReadAggregate(out fields);
        if (IsBroken) return false;
        // An entry that is not ours has other fields: it comes out as an unsound record.
        for (int field = 0; field < fields; field++)
        {
            _reply.TryReadText(out ReadOnlySpan<byte> text);
            if (field == 1) record = text;
        }

        return true;
    }

    public bool IsBroken { get; private set; }
}

using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>
/// Makes ids: milliseconds since 2020 above, a counter below (see <see cref="MessageId"/>). Ids never go back, also when the clock does, and
/// not after a restart: it begins above every id that is stored or was deleted. Owned by the writer thread.
/// </summary>
internal sealed class MessageClock
{
    // 2^21 ids a millisecond; when they run out the next millisecond is borrowed.
    private const int CounterBits = 21;

    /// <summary>2020-01-01T00:00:00Z, Unix milliseconds.</summary>
    private const long BaseUnixMs = 1_577_836_800_000;
    private long _last = -1;

    public static long UnixMs(long id) => (id >> CounterBits) + BaseUnixMs;

    /// <summary>The lowest id of that millisecond, at least 0.</summary>
    public static long FirstOf(long unixMs) => Math.Max(0, unixMs - BaseUnixMs) << CounterBits;

    public MessageId Next(SqliteDatabase database, long nowUnixMs)
    {
        if (_last < 0) _last = Highest(database);
        _last = Math.Max(_last + 1, FirstOf(nowUnixMs));
        return new MessageId(_last);
    }

    private static long Highest(SqliteDatabase database)
    {
        SqliteStatement query = database.Prepare(
            """
            SELECT max(id_floor, coalesce((SELECT max(id) FROM outbox_message), 0), coalesce((SELECT max(id) FROM outbox_broadcast), 0))
            FROM outbox_meta
            """);
        query.Step();
        return query.Int64(0);
    }
}

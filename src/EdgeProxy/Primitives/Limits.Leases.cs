namespace EdgeProxy.Primitives;

/// <summary>Bounds of membership, leases and of deliveries under them.</summary>
internal static partial class Limits
{
    /// <summary>A lease is renewed this often within its length; a command about it may take as long, so two may fail before it is lost.</summary>
    public const int RenewalsPerLease = 3;

    /// <summary>
    /// Looks at the table of leases within the length of one: how soon a free thing is taken. With a renewal that is due just after a look and a
    /// command that is not answered, the next still comes in time (asserted in tests).
    /// </summary>
    public const int LeaseTurnsPerLease = 10;

    /// <summary>
    /// A lease ends here this part of its length before it ends at the server: for clocks that run at different speeds, and for what was begun
    /// just before the end.
    /// </summary>
    public const int LeaseMarginPart = 10;

    /// <summary>Heartbeats within the length of a lease, which is also how long a member without one is believed to live.</summary>
    public const int HeartbeatsPerLease = 5;

    /// <summary>
    /// Least time between two flushes of one partition's cursors, ms: it is flushed when its loops have nothing to do, so that little is delivered
    /// again after a kill -9, and this bounds what that costs.
    /// </summary>
    public const int CursorFlushIdleMs = 25;

    /// <summary>
    /// Time to the next flush when there was nothing to store, ms: a process may own many partitions with nothing to do. What ends this rest is the
    /// first delivery that leaves its loop idle.
    /// </summary>
    public const int CursorFlushRestMs = 500;

    /// <summary>Bytes of cursors in one command: a row of the most unfinished records and parked keys has 6 MB.</summary>
    public const int CursorCommandBytesMax = 4 * 1024 * 1024;

    /// <summary>Wait before a record that the server did not bring is asked for again, ms: it is away as a rule, and comes back in seconds.</summary>
    public const int FanoutBringRetryMs = 500;
}

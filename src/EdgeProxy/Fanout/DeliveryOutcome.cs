namespace EdgeProxy.Fanout;

/// <summary>
/// What became of one attempt. Each value says whether the consumer may have worked on the update, hence whether a retry can double it.
/// </summary>
internal enum DeliveryOutcome : byte
{
    /// <summary>2xx: acknowledged. Never retried.</summary>
    Delivered = 0,

    /// <summary>Any other status (redirects too). The consumer said that it did not take it: a retry is safe.</summary>
    Refused = 1,

    /// <summary>No answer in time. It may have been processed: a retry can double it.</summary>
    TimedOut = 2,

    /// <summary>No connection, or one that broke. A retry is safe when the connection never stood, else it can double.</summary>
    Unreachable = 3,

    /// <summary>410: the consumer wants no more. A retry is safe.</summary>
    Gone = 4,

    /// <summary>
    /// Cut off by our own stop; it counts as no attempt. It may have been processed: delivering after the start can double it.
    /// </summary>
    Stopped = 5,
}

namespace EdgeProxy.Redis;

/// <summary>What the scanner says of the bytes it was given.</summary>
internal enum RespScan
{
    /// <summary>All were used and the frame goes on.</summary>
    More,

    /// <summary>The frame ends with the bytes used; what is left begins the next.</summary>
    Complete,

    /// <summary>Not RESP3. The connection cannot be used any more.</summary>
    Malformed,

    /// <summary>Longer than Limits.RedisReplyBytesMax.</summary>
    TooLong,

    /// <summary>Nested deeper than Limits.RedisDepthMax.</summary>
    TooDeep,
}

namespace EdgeProxy.Simulator.Control;

/// <summary>What can be made to go wrong with a call of the Bot API.</summary>
internal enum FaultKind
{
    /// <summary>The answer waits for latency_ms.</summary>
    Latency,

    /// <summary>The call takes effect at once; its answer waits for latency_ms.</summary>
    LatencyAfter,

    /// <summary>A 5xx without effect.</summary>
    ServerError,

    /// <summary>The connection is reset before the call is read: nothing happened.</summary>
    ResetBefore,

    /// <summary>The call takes effect and the connection is reset instead of an answer.</summary>
    ResetAfter,

    /// <summary>The connection is closed in order (FIN) without an answer, before the call is read: nothing happened.</summary>
    CloseBefore,

    /// <summary>The call takes effect and the connection is closed in order (FIN) without an answer.</summary>
    CloseAfter,

    /// <summary>403: the user blocked the bot, or the bot was kicked.</summary>
    Blocked,

    /// <summary>400 with migrate_to_chat_id.</summary>
    Migrated,

    /// <summary>429 with retry_after.</summary>
    Flood,

    /// <summary>An album is refused with a 400 whose description hides a 429: "… Too Many Requests: retry after N".</summary>
    AlbumFlood,

    /// <summary>400 with a description of choice.</summary>
    BadRequest,

    /// <summary>404.</summary>
    NotFound,
}

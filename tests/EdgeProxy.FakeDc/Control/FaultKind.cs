namespace EdgeProxy.FakeDc.Control;

/// <summary>What goes wrong with a call.</summary>
internal enum FaultKind
{
    /// <summary>420 FLOOD_WAIT_<c>seconds</c>; nothing is done.</summary>
    FloodWait,

    /// <summary><c>code</c> and <c>message</c>; nothing is done.</summary>
    Error,

    /// <summary>It is done, but the answer is <c>code</c> and <c>message</c>.</summary>
    ErrorAfter,

    /// <summary>The connection is cut; nothing is done.</summary>
    DropBefore,

    /// <summary>It is done and the connection is cut before the answer; <c>lose</c> says what is forgotten with it.</summary>
    DropAfter,

    /// <summary>It is done <c>ms</c> milliseconds later.</summary>
    Delay,
}

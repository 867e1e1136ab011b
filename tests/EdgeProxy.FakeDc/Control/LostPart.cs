namespace EdgeProxy.FakeDc.Control;

/// <summary>What the data centre forgets when it cuts a connection after the call was done.</summary>
internal enum LostPart
{
    /// <summary>As Telegram does: the answer is sent again on the session's next connection.</summary>
    Nothing,

    /// <summary>The answer and that the call came: a client that asks hears "unknown" and calls again.</summary>
    Answer,

    /// <summary>The whole session: the client hears new_session_created and calls again.</summary>
    Session,
}

namespace EdgeProxy.Telegram;

/// <summary>What a method costs, seen from the lanes.</summary>
internal enum MethodKind : byte
{
    /// <summary>Costs no message budget: get*, answer*, set*, chat administration, and every method this version does not know.</summary>
    Free,

    /// <summary>Puts messages into a chat: send*, copy*, forward*. Counts against the chat and the bot.</summary>
    Send,

    /// <summary>Changes a message: edit*, stopPoll, stopMessageLiveLocation, setGameScore. Counts against the chat and the bot.</summary>
    Edit,
}

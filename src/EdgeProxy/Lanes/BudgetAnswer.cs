namespace EdgeProxy.Lanes;

/// <summary>What the shared budget says to a wish for a turn. Numbers are those of <see cref="BudgetScripts"/>. Only Granted takes anything.</summary>
internal enum BudgetAnswer : byte
{
    /// <summary>Taken. The call goes after the wait.</summary>
    Granted = 0,

    /// <summary>The chat has nothing left.</summary>
    ChatEmpty = 1,

    /// <summary>A 429 closed the chat.</summary>
    ChatClosed = 2,

    /// <summary>The bot has nothing left for this priority.</summary>
    BotEmpty = 3,

    /// <summary>429s closed the bot.</summary>
    BotClosed = 4,

    /// <summary>Too much is in flight, or the paid tier has nothing left.</summary>
    Busy = 5,

    /// <summary>Redis was away: everybody goes on by itself for the wait.</summary>
    Alone = 6,

    /// <summary>No answer. What Redis did is not known; asking again is safe: a turn taken in vain costs the budget one place for some seconds.</summary>
    Fault = 7,
}

using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>Which messages. Every criterion that is set must hold.</summary>
internal sealed record MessageQuery
{
    /// <summary>Empty means any.</summary>
    public IReadOnlyList<MessageState> States { get; init; } = [];

    /// <summary>The bots the caller may see; empty means all.</summary>
    public IReadOnlyList<long> BotIds { get; init; } = [];
    public ChatTarget Chat { get; init; }
    public int ErrorCode { get; init; }

    /// <summary>Created at or after, Unix milliseconds.</summary>
    public long SinceUnixMs { get; init; }
    public MessageId BroadcastId { get; init; }

    /// <summary>Only ids after this one: the last of the page before.</summary>
    public MessageId After { get; init; }

    /// <summary>1 to Limits.OutboxPageMax.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Every wanted state has an index of its own: the rare ones do.</summary>
    public bool HasIndexes
    {
        get
        {
            foreach (MessageState state in States)
            {
                if (state is MessageState.Queued or MessageState.Sent) return false;
            }

            return States.Count > 0;
        }
    }

    /// <summary>Whether it meets the criteria; time and place in the list aside.</summary>
    public bool Matches(MessageRecord record) =>
        (States.Count == 0 || States.Contains(record.State))
        && (BotIds.Count == 0 || BotIds.Contains(record.BotId))
        && (Chat.IsNone || Chat == record.Chat)
        && (ErrorCode == 0 || ErrorCode == record.ErrorCode)
        && (BroadcastId.Value == 0 || BroadcastId == record.BroadcastId);
}

using EdgeProxy.Lanes;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>What the end of an attempt means for the message.</summary>
internal static class OutboxVerdict
{
    /// <summary>
    /// The next state with its event, and when the chat may go again. Null when there is nothing to write: it never began, or the store itself ended it.
    /// </summary>
    public static SendEnd? Of(OutboxSend send, in SendResult result, long nowUnixMs, Random random)
    {
        HistoryKind kind = HistoryKinds.Of(result.Outcome);
        switch (result.Outcome)
        {
            case SendOutcome.Sent:
                return Final(send, MessageState.Sent, kind, result);
            case SendOutcome.Rejected or SendOutcome.Blocked or SendOutcome.Migrated:
                return Final(send, MessageState.Failed, kind, result);
            case SendOutcome.Suppressed:
                return new SendEnd(send.Message.Id, new MessageChange(MessageState.Suppressed, kind) { Error = "the chat blocked the bot" }, 0);
            case SendOutcome.Unknown when send.Message.OnUnknown == OnUnknown.Hold:
                return Final(send, MessageState.Unknown, kind, result);
            case SendOutcome.LaneFull:
                return Again(send, kind, result, nowUnixMs + (Math.Max(1, result.RetryAfterS) * 1_000L));
            case SendOutcome.Abandoned:
                bool isSettled = !send.IsMarked || send.Permit is SendPermit.Withdrawn or SendPermit.Fenced;
                return isSettled ? null : Again(send, kind, result, 0);
            case SendOutcome.RetryAfter:
                return Again(send, kind, result, nowUnixMs + (Math.Max(1, result.RetryAfterS) * 1_000L));
            default:
                long delayMs = RetrySchedule.DelayMs(send.Message.Attempts + 1, result.RetryAfterS, random);
                return Again(send, kind, result, nowUnixMs + Math.Max(Limits.OutboxRestMsMin, delayMs));
        }
    }

    /// <summary>
    /// An attempt was refused for certain, and the message keeps its place in the lane for another one: queued meanwhile. After a 429 its chat rests, so
    /// that a new owner keeps to it too.
    /// </summary>
    public static SendEnd OfRefusal(OutboxSend send, in SendResult result, long nowUnixMs)
    {
        long untilUnixMs = result.Outcome == SendOutcome.RetryAfter ? nowUnixMs + (Math.Max(1, result.RetryAfterS) * 1_000L) : 0;
        return Final(send, MessageState.Queued, HistoryKinds.Of(result.Outcome), result) with { RestUntilUnixMs = untilUnixMs };
    }

    private static SendEnd Again(OutboxSend send, HistoryKind kind, in SendResult result, long untilUnixMs)
    {
        bool isWornOut = send.WasMarked && send.Message.Attempts + 1 >= Limits.OutboxAttemptsMax;
        return Final(send, isWornOut ? MessageState.Failed : MessageState.Queued, kind, result) with { RestUntilUnixMs = isWornOut ? 0 : untilUnixMs };
    }

    private static SendEnd Final(OutboxSend send, MessageState state, HistoryKind kind, in SendResult result)
    {
        bool isSent = state == MessageState.Sent;
        return new SendEnd(
            send.Message.Id,
            new MessageChange(state, kind)
            {
                ErrorCode = isSent ? 0 : result.Reply.Status,
                Error = isSent ? null : result.Reply.Description,
                TelegramMessageId = isSent && AnswerMessage.TryRead(result.Reply.Body, out long id) ? id : 0,
                MigratedTo = result.MigratedTo,
            },
            0);
    }
}

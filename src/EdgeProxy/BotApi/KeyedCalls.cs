using EdgeProxy.Lanes;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// Calls with an Idempotency-Key: sent once, answered as often as asked.
/// 1. The key is claimed. Who comes second with the same call waits for the first one's answer or gets the stored one.
/// 2. Before the first byte leaves, "sending" is written. From then on the caller's leaving does not cut the call off: its repeat will ask for the
///    answer.
/// 3. The answer is written before it is given.
/// </summary>
internal sealed class KeyedCalls(IdempotencyStore store, LaneSender sender)
{
    /// <summary>Says on an answer that it was given before.</summary>
    public const string ReplayedHeader = "X-Edge-Replayed";

    /// <summary>The answer; null when nobody waits for one.</summary>
    public async Task<CallReply?> SendAsync(CallAdmission who, OutgoingCall call, IdempotencyHash hash, SendTerms terms, CancellationToken gone)
    {
        // 1. Claim
        while (true)
        {
            IdempotencyBegin begin = await store.BeginAsync(who.Bot, who.IdempotencyKey!, hash);
            if (begin.Ticket is { } ticket)
            {
                CallReply? reply = await SendAsync(who, call, ticket, terms, gone);
                // Another process was first, and nothing has left here: the key is looked up again.
                if (ticket.Refusal == IdempotencyOutcome.InFlight) continue;
                return reply;
            }

            if (begin.Outcome != IdempotencyOutcome.InFlight) return Known(begin, call);
            try
            {
                if (await begin.First!.WaitAsync(gone) is { } answer) return CallReply.Again(answer);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    private async Task<CallReply?> SendAsync(
        CallAdmission who, OutgoingCall call, IdempotencyTicket ticket, SendTerms terms, CancellationToken gone)
    {
        // Whatever goes wrong in between, a call that may have left is in doubt.
        SendOutcome outcome = SendOutcome.Unknown;
        CallReply? reply = null;
        try
        {
            // 2. Send
            using var untilSent = new CancellationTokenSource();
            using CancellationTokenRegistration hangUp = gone.Register(untilSent.Cancel);
            SendResult result = await sender.SendAsync(who.Bot, call, terms with { BeforeFirstByte = MarkAsync }, untilSent.Token);
            outcome = result.Outcome;
            reply = ticket.Refusal switch
            {
                _ when outcome != SendOutcome.Abandoned => CallReplies.Of(result, call),
                IdempotencyOutcome.Fresh => CallReplies.Of(result, call),
                IdempotencyOutcome.InFlight => null,
                _ => CallReplies.KeysUnavailable,
            };

            async ValueTask<bool> MarkAsync()
            {
                if (!await store.MarkSendingAsync(ticket)) return false;
                return hangUp.Unregister() || !untilSent.IsCancellationRequested;
            }
        }
        finally
        {
            // 3. Answer
            await store.CompleteAsync(ticket, outcome, reply?.ToAnswer());
        }

        return reply;
    }

    private static CallReply Known(IdempotencyBegin begin, OutgoingCall call) => begin.Outcome switch
    {
        IdempotencyOutcome.Answered => CallReply.Again(begin.Answer!),
        IdempotencyOutcome.Conflict => CallReplies.KeyConflict,
        IdempotencyOutcome.Doubtful => CallReplies.Doubt(call.Method),
        _ => CallReplies.KeysUnavailable,
    };
}

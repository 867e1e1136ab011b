using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>
/// Decisions about messages: cancel, retry and resolve of one (send), delete of one and everything in bulk (admin, because the messages may be
/// others').
/// </summary>
internal sealed class MessageDecideEndpoint(BotAccess access, MessageJson shown, IOutboxStore store)
{
    private const string Json = "application/json";
    private const string Confirm = "confirm_resend";

    private static readonly string[] BulkFields = [.. MessageLookEndpoint.Filter.Select(criterion => criterion.Name)];

    public IReadOnlyList<ApiOperation> Operations =>
    [
        One("cancel", "cancelMessage", "Withdraws a message that is still queued.", request => DecideAsync(request, MessageDecision.Cancel)),
        One("retry", "retryMessage", "Queues a failed, expired, suppressed or cancelled message again.",
            request => DecideAsync(request, MessageDecision.Retry)),
        One("resolve", "resolveMessage", "Ends the doubt about an unknown message: it was sent, send it again, or drop it.", ResolveAsync) with
        {
            Bodies = [(Json, "Resolve")],
        },
        new("DELETE", "/v1/messages/{id}", ApiScope.Admin, "deleteMessage", "Deletes a message in a final state.", DeleteAsync)
        {
            Answers = [(StatusCodes.Status204NoContent, "It is gone.", "")],
            Problems = [404, 409, 503],
        },
        Bulk("replay", "replayMessages", "Queues all messages of a filter again. Unknown ones only with confirm_resend: they may arrive twice.", ReplayAsync),
        Bulk("drop", "dropMessages", "Ends all messages of a filter: queued ones are cancelled, unknown ones fail, final ones are deleted.", DropAsync),
    ];

    private static ApiOperation One(string verb, string id, string summary, Func<ApiRequest, Task<Problem?>> handle) =>
        new("POST", "/v1/messages/{id}/" + verb, ApiScope.Send, id, summary, handle)
        {
            Answers = [(StatusCodes.Status200OK, "The message as it is now.", "MessageState")],
            Problems = [400, 404, 409, 413, 415, 503],
        };

    private static ApiOperation Bulk(string verb, string id, string summary, Func<ApiRequest, Task<Problem?>> handle) =>
        new("POST", "/v1/messages/" + verb, ApiScope.Admin, id, summary, handle)
        {
            Bodies = [(Json, verb == "replay" ? "ReplayFilter" : "DropFilter")],
            Answers = [(StatusCodes.Status200OK, "How many messages changed.", "Changed")],
            Problems = [400, 413, 415, 503],
        };

    private async Task<Problem?> DecideAsync(ApiRequest request, MessageDecision decision)
    {
        (_, Problem? problem) = await DecisionRequest.ReadAsync(request.Context, []);
        return problem ?? await CarryOutAsync(request, decision);
    }

    private async Task<Problem?> ResolveAsync(ApiRequest request)
    {
        (DecisionRequest body, Problem? problem) = await DecisionRequest.ReadAsync(request.Context, ["as"]);
        if (problem is not null) return problem;
        MessageDecision? decision = body["as"] switch
        {
            "sent" => MessageDecision.ResolveSent,
            "resend" => MessageDecision.ResolveResend,
            "drop" => MessageDecision.ResolveDrop,
            _ => null,
        };
        if (decision is null) return ApiProblems.Field("as", "must be sent (it was seen in the chat), resend (it was not) or drop (give it up)");
        return await CarryOutAsync(request, decision.Value);
    }

    private async Task<Problem?> CarryOutAsync(ApiRequest request, MessageDecision decision)
    {
        (MessageRecord? message, Problem? problem) = await MessageLookEndpoint.FindAsync(request, access, store);
        if (problem is not null) return problem;
        DecisionOutcome outcome = await store.DecideAsync(message!.Id, decision);
        if (outcome == DecisionOutcome.Unavailable) return ApiProblems.Unavailable;
        MessageRecord? now = await store.FindAsync(message.Id);
        if (outcome == DecisionOutcome.NotFound || now is null) return ApiProblems.NoMessage;
        if (outcome == DecisionOutcome.WrongState) return WrongState(decision, now.State);
        await MessageJson.AnswerAsync(request.Context, StatusCodes.Status200OK, json => shown.WriteMembers(json, now, whole: true));
        return null;
    }

    private async Task<Problem?> DeleteAsync(ApiRequest request)
    {
        (MessageRecord? message, Problem? problem) = await MessageLookEndpoint.FindAsync(request, access, store);
        if (problem is not null) return problem;
        DecisionOutcome outcome = await store.DecideAsync(message!.Id, MessageDecision.Delete);
        if (outcome == DecisionOutcome.Done)
        {
            request.Context.Response.StatusCode = StatusCodes.Status204NoContent;
            return null;
        }

        return outcome switch
        {
            DecisionOutcome.NotFound => ApiProblems.NoMessage,
            DecisionOutcome.Unavailable => ApiProblems.Unavailable,
            _ => WrongState(MessageDecision.Delete, message.State),
        };
    }

    private async Task<Problem?> ReplayAsync(ApiRequest request)
    {
        (DecisionRequest body, Problem? problem) = await DecisionRequest.ReadAsync(request.Context, [.. BulkFields, Confirm]);
        MessageQuery query = new();
        problem ??= ReadFilter(request, body, out query);
        if (problem is not null) return problem;
        bool unknown = query.States.Contains(MessageState.Unknown);
        bool confirmed = body[Confirm] == "true";
        if (body[Confirm] is not (null or "true" or "false")) return ApiProblems.Field(Confirm, "must be true or false");
        if (unknown && !confirmed) return ApiProblems.Field(Confirm, "must be true: unknown messages may have arrived, and would then arrive twice");
        if (query.States.FirstOrDefault(IsOpen, MessageState.Unknown) is var open and not MessageState.Unknown)
        {
            return ApiProblems.Field("status", $"{StateNames.Of(open)} cannot be replayed; use failed, expired, suppressed, cancelled or unknown");
        }

        return await DecideAllAsync(request, query, state => state == MessageState.Unknown ? MessageDecision.ResolveResend : MessageDecision.Retry);
    }

    private async Task<Problem?> DropAsync(ApiRequest request)
    {
        (DecisionRequest body, Problem? problem) = await DecisionRequest.ReadAsync(request.Context, BulkFields);
        MessageQuery query = new();
        problem ??= ReadFilter(request, body, out query);
        if (problem is not null) return problem;
        if (query.States.Contains(MessageState.Sending)) return ApiProblems.Field("status", "sending cannot be dropped; it ends by itself in a moment");
        return await DecideAllAsync(request, query, state => state switch
        {
            MessageState.Queued => MessageDecision.Cancel,
            MessageState.Unknown => MessageDecision.ResolveDrop,
            _ => MessageDecision.Delete,
        });
    }

    // State by state, because each has its own decision.
    private async Task<Problem?> DecideAllAsync(ApiRequest request, MessageQuery query, Func<MessageState, MessageDecision> decision)
    {
        long changed = 0;
        foreach (MessageState state in query.States)
        {
            (long done, bool complete) = await store.DecideAllAsync(query with { States = [state] }, decision(state), request.Context.RequestAborted);
            changed += done;
            if (!complete) return Interrupted(changed);
        }

        await MessageJson.AnswerAsync(request.Context, StatusCodes.Status200OK, json => json.WriteNumber("changed"u8, changed));
        return null;
    }

    private static Problem Interrupted(long changed) => new(
        StatusCodes.Status503ServiceUnavailable, "Not all were changed", $"{changed} were, then the disk took no more; the same request again goes on")
    {
        RetryAfterS = Limits.ApiRetryAfterS,
    };

    private Problem? ReadFilter(ApiRequest request, DecisionRequest body, out MessageQuery query)
    {
        query = new MessageQuery { Limit = Limits.OutboxPageMax };
        foreach ((string name, string text) in body.Fields)
        {
            if (name is "bot" or Confirm) continue;
            if (MessageLookEndpoint.Take(name, text, ref query) is { } problem) return problem;
        }

        if (query.States.Count == 0) return ApiProblems.Field("status", "is missing; name the states that are meant");
        Problem? foreign = access.Limit(request.Key, body["bot"], out IReadOnlyList<long> botIds);
        query = query with { BotIds = botIds };
        return foreign;
    }

    private static bool IsOpen(MessageState state) => state is MessageState.Queued or MessageState.Sending or MessageState.Sent;

    private static Problem WrongState(MessageDecision decision, MessageState state)
    {
        string needed = decision switch
        {
            MessageDecision.Cancel => "only a queued message can be cancelled",
            MessageDecision.Retry when state == MessageState.Unknown =>
                "nobody knows whether it was sent; POST …/resolve with {\"as\":\"resend\"} if it may go again",
            MessageDecision.Retry => "only failed, expired, suppressed and cancelled messages can be retried",
            MessageDecision.Delete => "only a message in a final state can be deleted; cancel it first",
            _ => "only an unknown message can be resolved",
        };
        return new(StatusCodes.Status409Conflict, "The message's state does not allow it", $"it is {StateNames.Of(state)}; {needed}", "status");
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// /v1/broadcasts: one message to many chats. A new one goes through:
/// 1. its first line (or the members before the list) is read and checked; the broadcast is stored as loading;
/// 2. chats come in and are stored batch by batch, so that a million of them need no memory;
/// 3. wrong lines, a full disk or a lost caller cancel it: nothing was started. Otherwise it starts, or waits when it should.
/// </summary>
internal sealed class BroadcastEndpoint(BotAccess access, MessageCheck check, IOutboxStore store, MessageApiSettings settings)
{
    private const string Ndjson = "application/x-ndjson";
    private const string Json = "application/json";

    /// <summary>Broadcasts whose chats a request is bringing now: each has one such request.</summary>
    private readonly ConcurrentDictionary<MessageId, bool> _loading = new();

    public IReadOnlyList<ApiOperation> Operations =>
    [
        new("POST", "/v1/broadcasts", ApiScope.Send, "postBroadcast", "Takes a message for many chats: a line with it, then one chat a line.", PostAsync)
        {
            Bodies = [(Ndjson, "BroadcastLines"), (Json, "Broadcast")],
            Answers =
            [
                (StatusCodes.Status202Accepted, "All chats are on disk and it runs, or waits for its resume.", "BroadcastAccepted"),
                (StatusCodes.Status200OK, "The same broadcast came before under this key.", "BroadcastAccepted"),
            ],
            Problems = [400, 409, 413, 415, 503],
            Idempotent = true,
        },
        new("GET", "/v1/broadcasts", ApiScope.Read, "listBroadcasts", "The newest broadcasts.", ListAsync)
        {
            Query = [new("bot", "string", "A bot's name."), new("limit", "integer", $"1 to {Limits.OutboxPageMax}; 100 when absent.")],
            Answers = [(StatusCodes.Status200OK, "Newest first.", "BroadcastList")],
            Problems = [400],
        },
        new("GET", "/v1/broadcasts/{id}", ApiScope.Read, "getBroadcast", "Where a broadcast stands: counts by state and the time to its end.", GetAsync)
        {
            Answers = [(StatusCodes.Status200OK, "The broadcast.", "BroadcastState")],
            Problems = [404],
        },
        Command("pause", BroadcastCommand.Pause, "Nothing new begins; what is in flight ends."),
        Command("resume", BroadcastCommand.Resume, "Goes on where it stopped."),
        Command("cancel", BroadcastCommand.Cancel, "What is still queued is cancelled."),
    ];

    private ApiOperation Command(string verb, BroadcastCommand command, string summary) =>
        new("POST", "/v1/broadcasts/{id}/" + verb, ApiScope.Send, verb + "Broadcast", summary, request => CommandAsync(request, command))
        {
            Answers = [(StatusCodes.Status200OK, "The broadcast as it is now.", "BroadcastState")],
            Problems = [404, 409, 503],
        };

    private async Task<Problem?> PostAsync(ApiRequest request)
    {
        // 1. What is to be sent
        HttpContext context = request.Context;
        string type = ApiBody.MediaType(context);
        if (type is not (Ndjson or Json)) return ApiProblems.MediaType($"{Ndjson} or {Json}");
        BoundedBody.Unbound(context);
        if (context.Request.ContentLength > Limits.BroadcastBytesMax) return ApiProblems.TooLarge(Limits.BroadcastBytesMax);
        using var input = new BroadcastInput(context.Request.Body, lines: type == Ndjson);
        using var draft = new MessageDraft();
        if (await input.ReadHeadAsync(context.RequestAborted) is not { } head) return input.Problem;
        if (MessageReader.Read(head, broadcast: true, draft) is { } wrong) return wrong;
        if (check.Broadcast(request, draft, out NewBroadcast? broadcast) is { } unfit) return unfit;
        Acceptance acceptance = await store.CreateBroadcastAsync(broadcast!);
        if (acceptance.Outcome == AcceptOutcome.Unavailable) return ApiProblems.Unavailable;
        if (acceptance.Outcome == AcceptOutcome.Conflict) return MessagePostEndpoint.KeyTaken(acceptance.Id);
        bool isLoader = _loading.TryAdd(acceptance.Id, true);
        try
        {
            if (acceptance.Outcome == AcceptOutcome.Repeated)
            {
                // Asked for only now: who loaded it before has let go of it, and its state says how that ended.
                BroadcastRecord? earlier = await store.FindBroadcastAsync(acceptance.Id);
                if (earlier is { State: BroadcastState.Cancelled }) return Overtaken(acceptance.Id);
                if (earlier is not { State: BroadcastState.Loading }) return await RepeatAsync(context, acceptance.Id, input);
            }

            return isLoader ? await LoadAndStartAsync(context, acceptance.Id, input, draft.Paused) : StillLoading(acceptance.Id);
        }
        finally
        {
            if (isLoader) _loading.TryRemove(acceptance.Id, out _);
        }
    }

    // The key is taken by what was said under it, chats included: one that is not among them would never hear of the message.
    private async Task<Problem?> RepeatAsync(HttpContext context, MessageId id, BroadcastInput input)
    {
        Problem? problem = await ReadChatsAsync(
            input,
            async chats => await store.HasRecipientsAsync(id, chats) ? null : MessagePostEndpoint.KeyTaken(id),
            context.RequestAborted);
        return problem ?? await AnswerAsync(context, StatusCodes.Status200OK, id, await store.FindBroadcastAsync(id));
    }

    // One that was cut off while it loaded (the process ended) comes here again under its key: chats that are in are left out.
    private async Task<Problem?> LoadAndStartAsync(HttpContext context, MessageId id, BroadcastInput input, bool isPaused)
    {
        bool isComplete = false;
        try
        {
            // 2. Whom to
            if (await ReadChatsAsync(input, chats => AddAsync(id, chats), context.RequestAborted) is { } problem) return problem;
            DecisionOutcome started = await store.CommandAsync(id, isPaused ? BroadcastCommand.StartPaused : BroadcastCommand.Start);
            if (started == DecisionOutcome.WrongState) return Overtaken(id);
            if (started != DecisionOutcome.Done) return ApiProblems.Unavailable;
            isComplete = true;
        }
        finally
        {
            // 3. All or nothing
            if (!isComplete) await store.CommandAsync(id, BroadcastCommand.Abandon);
        }

        return await AnswerAsync(context, StatusCodes.Status202Accepted, id, await store.FindBroadcastAsync(id));
    }

    private async Task<Problem?> AddAsync(MessageId id, IReadOnlyList<ChatTarget> chats) => await store.AddRecipientsAsync(id, chats) switch
    {
        AcceptOutcome.Accepted => null,
        AcceptOutcome.Unavailable => ApiProblems.Unavailable,
        _ => Overtaken(id),
    };

    // Batch by batch; a line that is wrong ends the batches but not the reading, so that more of them can be named.
    private static async Task<Problem?> ReadChatsAsync(
        BroadcastInput input, Func<IReadOnlyList<ChatTarget>, Task<Problem?>> take, CancellationToken cancellationToken)
    {
        var batch = new List<ChatTarget>(Limits.BroadcastBatchChats);
        var wrongLines = new List<string>();
        string firstPlace = "";
        long count = 0;
        while (true)
        {
            (bool found, ChatTarget chat, string? wrong) = await input.NextAsync(cancellationToken);
            if (found && ++count > Limits.BroadcastChatsMax)
            {
                return ApiProblems.Field(input.PlaceName, $"is one chat too many: a broadcast takes {Limits.BroadcastChatsMax}; send the rest as another one");
            }

            if (found && wrong is not null)
            {
                if (wrongLines.Count == 0) firstPlace = input.PlaceName;
                wrongLines.Add($"{input.PlaceName} {wrong}");
                if (wrongLines.Count == Limits.BroadcastWrongLinesMax) return WrongLines(firstPlace, wrongLines);
            }
            else if (found && wrongLines.Count == 0)
            {
                batch.Add(chat);
            }

            bool full = batch.Count == Limits.BroadcastBatchChats || (!found && batch.Count > 0);
            if (full && input.Problem is null && wrongLines.Count == 0)
            {
                if (await take(batch) is { } refused) return refused;
                batch = new List<ChatTarget>(Limits.BroadcastBatchChats);
            }

            if (found) continue;
            if (input.Problem is { } problem) return problem;
            if (wrongLines.Count > 0) return WrongLines(firstPlace, wrongLines);
            return count > 0 ? null : ApiProblems.Field("chats", "are none; a broadcast needs at least one");
        }
    }

    private static Problem StillLoading(MessageId id) => new(
        StatusCodes.Status409Conflict,
        "The broadcast is being loaded",
        $"{id} came under this key and another request is still bringing its chats; ask for it",
        "idempotency_key")
    {
        RetryAfterS = Limits.ApiRetryAfterS,
    };

    // Cancelled before, or by somebody while its chats came in.
    private static Problem Overtaken(MessageId id) => new(
        StatusCodes.Status409Conflict, "The broadcast was cancelled", $"{id} came under this key and was cancelled; use a new key", "idempotency_key");

    private static Problem WrongLines(string firstPlace, List<string> lines)
    {
        string more = lines.Count == Limits.BroadcastWrongLinesMax ? "; perhaps more" : "";
        return new(
            StatusCodes.Status400BadRequest,
            "Some chats are wrong, so nothing was started",
            $"{string.Join("; ", lines)}{more}; correct them and post all again",
            firstPlace);
    }

    private static async Task<Problem?> AnswerAsync(HttpContext context, int status, MessageId id, BroadcastRecord? record)
    {
        context.Response.Headers.Location = "/v1/broadcasts/" + id;
        await MessageJson.AnswerAsync(context, status, json =>
        {
            json.WriteString("id"u8, id.ToString());
            json.WriteString("status"u8, StateNames.Of(record?.State ?? BroadcastState.Running));
            json.WriteNumber("recipients"u8, record?.Recipients ?? 0);
        });
        return null;
    }

    private async Task<Problem?> ListAsync(ApiRequest request)
    {
        IQueryCollection given = request.Context.Request.Query;
        if (MessageLookEndpoint.Limit(given["limit"], out int limit) is { } problem) return problem;
        if (access.Limit(request.Key, given["bot"], out IReadOnlyList<long> botIds) is { } foreign) return foreign;
        IReadOnlyList<BroadcastRecord> list = await store.ListBroadcastsAsync(botIds, limit);
        var etas = new long?[list.Count];
        for (int index = 0; index < etas.Length; index++) etas[index] = await EtaSAsync(list[index]);
        await MessageJson.AnswerAsync(request.Context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray("broadcasts"u8);
            for (int index = 0; index < list.Count; index++)
            {
                json.WriteStartObject();
                WriteMembers(json, list[index], etas[index]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return null;
    }

    private async Task<Problem?> GetAsync(ApiRequest request)
    {
        (BroadcastRecord? record, Problem? problem) = await FindAsync(request);
        if (problem is not null) return problem;
        long? etaS = await EtaSAsync(record!);
        await MessageJson.AnswerAsync(request.Context, StatusCodes.Status200OK, json => WriteMembers(json, record!, etaS));
        return null;
    }

    private async Task<Problem?> CommandAsync(ApiRequest request, BroadcastCommand command)
    {
        (BroadcastRecord? record, Problem? problem) = await FindAsync(request);
        if (problem is not null) return problem;
        DecisionOutcome outcome = await store.CommandAsync(record!.Id, command);
        if (outcome == DecisionOutcome.Unavailable) return ApiProblems.Unavailable;
        if (outcome == DecisionOutcome.NotFound) return ApiProblems.NoBroadcast;
        if (outcome == DecisionOutcome.WrongState)
        {
            string needed = command switch
            {
                BroadcastCommand.Pause => "only a running one can be paused",
                BroadcastCommand.Resume => "only a paused one can be resumed",
                _ => "one that has ended cannot be cancelled",
            };
            return new(StatusCodes.Status409Conflict, "The broadcast's state does not allow it", $"it is {StateNames.Of(record.State)}; {needed}", "status");
        }

        record = await store.FindBroadcastAsync(record.Id) ?? record;
        long? etaS = await EtaSAsync(record);
        await MessageJson.AnswerAsync(request.Context, StatusCodes.Status200OK, json => WriteMembers(json, record, etaS));
        return null;
    }

    private async Task<(BroadcastRecord? Record, Problem? Problem)> FindAsync(ApiRequest request)
    {
        if (!request.TryGetId(out MessageId id)) return (null, ApiProblems.NoBroadcast);
        BroadcastRecord? record = await store.FindBroadcastAsync(id);
        return record is null ? (null, ApiProblems.NoBroadcast) : (record, access.Admit(request.Key, record.BotId));
    }

    private void WriteMembers(Utf8JsonWriter json, BroadcastRecord record, long? etaS)
    {
        json.WriteString("id"u8, record.Id.ToString());
        json.WriteString("status"u8, StateNames.Of(record.State));
        json.WriteString("bot"u8, access.NameOf(record.BotId));
        json.WriteString("name"u8, record.Name);
        json.WriteString("created_at"u8, TimeField.Text(record.CreatedUnixMs));
        json.WriteString("updated_at"u8, TimeField.Text(record.UpdatedUnixMs));
        json.WriteNumber("recipients"u8, record.Recipients);
        json.WriteStartObject("counts"u8);
        for (int state = 0; state < record.Counts.Count; state++) json.WriteNumber(StateNames.Messages[state], record.Counts[state]);
        json.WriteEndObject();
        if (etaS is { } seconds) json.WriteNumber("eta_s"u8, seconds);
        else json.WriteNull("eta_s"u8);
    }

    // What is left at the bot's legal rate. A broadcast that does not run has no end in sight.
    private async Task<long?> EtaSAsync(BroadcastRecord record)
    {
        if (record.State != BroadcastState.Running || access.Find(record.BotId) is not { } bot) return null;
        long left = record.Counts[(int)MessageState.Queued] + record.Counts[(int)MessageState.Sending];
        double perSecond = settings.RatePerSecond(bot, await IsPaidAsync(record));
        return perSecond > 0 ? (long)Math.Ceiling(left / perSecond) : null;
    }

    // Any of its messages says so, because they all have the same parameters.
    private async Task<bool> IsPaidAsync(BroadcastRecord record)
    {
        MessagePage first = await store.ListAsync(new MessageQuery { BroadcastId = record.Id, Limit = 1 });
        MessageRecord? message = first.Messages.Count == 0 ? null : await store.FindAsync(first.Messages[0].Id);
        return message is not null && CallScan.Json(ApiMethod.Of(message.Method), message.Parameters).Paid;
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeProxy.Simulator.Delivery;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Simulator.Control;

/// <summary>
/// <c>/sim/…</c>: POST bots, POST updates, GET sends, GET chats, GET stats, POST and DELETE faults. A wrong request is 400 with
/// <c>{"error":"…"}</c>.
/// </summary>
internal sealed class ControlEndpoint(FakeTelegram telegram)
{
    private const int UpdatesPerCallMax = 100_000;
    private const int SendsPerCallMax = 10_000;
    private const double StarsPerPaidMessage = 0.1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    public async Task HandleAsync(HttpContext context)
    {
        string route = context.Request.Method + " " + context.Request.Path.Value!.TrimEnd('/');
        try
        {
            object? answer = route switch
            {
                "POST /sim/bots" => AddBot(await ReadAsync<BotRequest>(context)),
                "POST /sim/updates" => AddUpdates(await ReadAsync<UpdatesRequest>(context)),
                "GET /sim/sends" => Sends(context.Request.Query),
                "GET /sim/chats" => Chats(context.Request.Query),
                "GET /sim/stats" => StatsNow(),
                "POST /sim/faults" => AddFault(await ReadAsync<FaultRule>(context)),
                "DELETE /sim/faults" => ClearFaults(),
                _ => null,
            };
            await WriteAsync(context, answer is null ? 404 : 200, answer ?? new { error = "no such path: " + route });
        }
        catch (ControlException e)
        {
            await WriteAsync(context, 400, new { error = e.Message });
        }
        catch (JsonException e)
        {
            await WriteAsync(context, 400, new { error = "invalid JSON at " + (e.Path ?? "$") });
        }
    }

    private object AddBot(BotRequest request)
    {
        if (request.Token is null || !FakeBot.IsWellFormed(request.Token))
        {
            throw new ControlException("token: digits, a colon and at least 20 of A-Z a-z 0-9 _ -");
        }

        FakeBot bot = telegram.AddBot(request.Token, request.Paid);
        return new { bot_id = bot.Id, username = bot.Username };
    }

    private object AddUpdates(UpdatesRequest request)
    {
        FakeBot bot = BotOf(request.BotId);
        if (request.Update is { } raw)
        {
            return new { queued = AddRaw(bot, raw) == EnqueueOutcome.Queued ? 1 : 0 };
        }

        UpdateShape? shape = request.Shape is null or "mix" ? null
            : UpdateFactory.Find(request.Shape) ?? throw new ControlException(
                "shape: mix or one of " + string.Join(", ", UpdateFactory.Shapes.Select(known => known.Name)));
        if (request.Count is < 1 or > UpdatesPerCallMax || request.Chats is < 1 or > 1_000_000)
        {
            throw new ControlException($"count: 1-{UpdatesPerCallMax}; chats: 1-1000000");
        }

        int queued = 0;
        for (int i = 0; i < request.Count; i++)
        {
            int chat = i % request.Chats;
            (_, EnqueueOutcome outcome) = bot.Produce(factory => shape is null
                ? factory.NextOfMix(request.Chats)
                : factory.Next(shape, chat));
            queued += outcome == EnqueueOutcome.Queued ? 1 : 0;
        }

        return new { queued };
    }

    private static EnqueueOutcome AddRaw(FakeBot bot, JsonElement raw)
    {
        if (raw.ValueKind != JsonValueKind.Object)
        {
            throw new ControlException("update: an object");
        }

        string body = raw.GetRawText();
        (string kind, DeliveryKey key) = DeliveryKey.Of(raw);
        if (raw.TryGetProperty("update_id", out JsonElement given))
        {
            return given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out long id)
                ? bot.Enqueue(new SimUpdate(id, kind, key, System.Text.Encoding.UTF8.GetBytes(body)))
                : throw new ControlException("update.update_id: a number, or absent to have one assigned");
        }

        return bot.Produce(factory =>
        {
            long id = factory.TakeUpdateId();
            string comma = raw.EnumerateObject().Any() ? "," : "";
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes($"{{\"update_id\":{id}{comma}\n{body.AsSpan(1)}");
            return new SimUpdate(id, kind, key.Group == "single" ? key with { Id = id } : key, bytes);
        }).Outcome;
    }

    private object Sends(IQueryCollection query)
    {
        long? bot = Number(query, "bot_id");
        long? chat = Number(query, "chat_id");
        long after = Number(query, "after") ?? 0;
        int limit = (int)Math.Clamp(Number(query, "limit") ?? SendsPerCallMax, 1, SendsPerCallMax);
        string? method = query["method"].FirstOrDefault()?.ToLowerInvariant();
        SendRecord[] found = telegram.Sends.Snapshot(after, limit, send => (bot is null || send.BotId == bot)
            && (chat is null || send.ChatId == chat) && (method is null || send.Method == method));
        return new { total = telegram.Sends.Count, sends = found };
    }

    /// <summary>Counts per chat, the most flooded first.</summary>
    private object Chats(IQueryCollection query)
    {
        long? bot = Number(query, "bot_id");
        long? chat = Number(query, "chat_id");
        int limit = (int)Math.Clamp(Number(query, "limit") ?? SendsPerCallMax, 1, SendsPerCallMax);
        IEnumerable<ChatCounts> all = telegram.Bots.Where(known => bot is null || known.Id == bot).SelectMany(known => known.Chats.Counts());
        ChatCounts[] found = [.. all.Where(counts => chat is null || counts.ChatId == chat)
            .OrderByDescending(counts => counts.Floods).ThenBy(counts => counts.ChatId).Take(limit)];
        return new { total = telegram.Stats.Chats, chats = found };
    }

    private object StatsNow()
    {
        SimStats stats = telegram.Stats;
        return new
        {
            updates_queued = stats.UpdatesQueued,
            updates_dropped = stats.UpdatesDropped,
            updates_pending = telegram.Bots.Sum(bot => bot.Updates.PendingCount),
            webhook_attempts = stats.WebhookAttempts,
            webhook_accepted = stats.WebhookAcceptedCount,
            webhook_failed = stats.WebhookFailedCount,
            duplicates_injected = stats.DuplicatesInjected,
            api_calls = stats.ApiCalls,
            sends = telegram.Sends.Count,
            floods = stats.Floods,
            in_flight_floods = stats.InFlightFloods,
            chats = stats.Chats,
            flooded_chats = stats.FloodedChats,
            paid_messages = stats.PaidMessages,
            paid_stars = stats.PaidMessages * StarsPerPaidMessage,
            faults = stats.Faults,
            uploads = stats.Uploads,
            upload_bytes = stats.UploadBytes,
        };
    }

    private object AddFault(FaultRule rule)
    {
        if (rule.Probability is <= 0 or > 1 || rule.Count is < 1 || rule.LatencyMs is < 0 or > 600_000
            || rule.Status is < 500 or > 599 || rule.RetryAfter is < 1 or > 86_400
            || (rule.Kind == FaultKind.Migrated && rule.MigrateToChatId >= 0))
        {
            throw new ControlException("probability: above 0, at most 1; count: at least 1; latency_ms: 0-600000; status: 500-599; "
                + "retry_after: 1-86400; migrate_to_chat_id: below 0");
        }

        return telegram.Faults.Add(rule)
            ? new { armed = true }
            : throw new ControlException("too many faults are armed; DELETE them first");
    }

    private object ClearFaults()
    {
        telegram.Faults.Clear();
        return new { armed = false };
    }

    /// <summary>0 stands for the only bot there is.</summary>
    private FakeBot BotOf(long id) =>
        (id == 0 && telegram.Bots.Count() == 1 ? telegram.Bots.First() : telegram.FindBot(id))
        ?? throw new ControlException("bot_id: no such bot; POST /sim/bots first");

    private static long? Number(IQueryCollection query, string name) =>
        query[name].FirstOrDefault() is not { } text ? null
        : long.TryParse(text, out long value) ? value
        : throw new ControlException(name + ": a number");

    private static async Task<T> ReadAsync<T>(HttpContext context) =>
        await JsonSerializer.DeserializeAsync<T>(context.Request.Body, Json, context.RequestAborted)
        ?? throw new ControlException("body: a JSON object");

    private static async Task WriteAsync(HttpContext context, int status, object answer)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(answer, Json));
    }
}

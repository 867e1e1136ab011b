using System.Text;
using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>
/// Make, change, look at and remove subscriptions while EdgeProxy runs. Every call needs a key with the scope admin that serves the bot.
/// PUT /v1/bots/{bot}/subscriptions/{name} → 201 for a new one, which begins with the next update; 200 for one that is there, which goes on from its
/// place; GET the same, or all → 200; DELETE → 204. The same PUT again changes nothing.
/// Errors: 400 naming the field, 401, 403, 404, 409 (it stands in the configuration, or no room), 413, 503 (repeat the call).
/// </summary>
internal sealed class SubscriptionsEndpoint(BotRegistry bots, ApiKeyRing keys, SubscriptionBook book, IFanout fanout, SubscriptionReading read)
{
    private const string Collection = "/v1/bots/{bot}/subscriptions";
    private const string One = Collection + "/{name}";
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Map(IEndpointRouteBuilder app, SubscriptionsEndpoint endpoint)
    {
        app.MapGet(Collection, endpoint.Admitted(endpoint.ListAsync));
        app.MapGet(One, endpoint.Admitted(endpoint.LookAsync));
        app.MapPut(One, endpoint.Admitted(endpoint.PutAsync));
        app.MapDelete(One, endpoint.Admitted(endpoint.RemoveAsync));
    }

    private RequestDelegate Admitted(Func<HttpContext, Bot, string, Task> handle) => async context =>
    {
        if (await BotAdmin.AdmitAsync(context, bots, keys) is { } bot) await handle(context, bot, BotAdmin.Route(context, "name"));
    };

    private Task ListAsync(HttpContext context, Bot bot, string name) => JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, json =>
    {
        IReadOnlyList<SubscriptionSnapshot> snapshots = fanout.Snapshot();
        json.WriteStartObject();
        json.WriteStartArray("subscriptions"u8);
        foreach (Subscription one in book.All.Where(one => one.Bot == bot)) Write(json, one, snapshots);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private async Task LookAsync(HttpContext context, Bot bot, string name)
    {
        if (!await AnswerAsync(context, StatusCodes.Status200OK, bot, name)) await ProblemOf(SubscriptionOutcome.NotFound, name).WriteAsync(context);
    }

    private async Task PutAsync(HttpContext context, Bot bot, string name)
    {
        byte[]? body = await BoundedBody.ReadAsync(context, Limits.SubscriptionRequestBytesMax);
        var problem = new Problem(413, "The request is too large", $"at most {Limits.SubscriptionRequestBytesMax} bytes");
        string? text = body is null ? null : TextOf(body, out problem);
        if (text is null || read(bot, name, 0, text, out problem) is null)
        {
            await problem!.WriteAsync(context);
            return;
        }

        SubscriptionOutcome outcome = await book.PutAsync(bot, name, text);
        int status = outcome == SubscriptionOutcome.Made ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        bool isDone = outcome is SubscriptionOutcome.Made or SubscriptionOutcome.Replaced;
        if (!isDone || !await AnswerAsync(context, status, bot, name)) await ProblemOf(outcome, name).WriteAsync(context);
    }

    private async Task RemoveAsync(HttpContext context, Bot bot, string name)
    {
        SubscriptionOutcome outcome = await book.RemoveAsync(bot, name);
        if (outcome == SubscriptionOutcome.Removed) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else await ProblemOf(outcome, name).WriteAsync(context);
    }

    private static string? TextOf(byte[] body, out Problem? problem)
    {
        problem = null;
        try
        {
            return Utf8.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            problem = new Problem(StatusCodes.Status400BadRequest, "Invalid subscription", "the body is not UTF-8");
            return null;
        }
    }

    /// <returns>False when there is none of that name.</returns>
    private async Task<bool> AnswerAsync(HttpContext context, int status, Bot bot, string name)
    {
        Subscription? subscription = book.All.FirstOrDefault(one => one.Id == Subscription.IdOf(bot, name));
        if (subscription is not null) await JsonAnswer.WriteAsync(context, status, json => Write(json, subscription, fanout.Snapshot()));
        return subscription is not null;
    }

    private static Problem ProblemOf(SubscriptionOutcome outcome, string name) => outcome switch
    {
        SubscriptionOutcome.Configured => new Problem(
            409, "The subscription stands in the configuration", $"change \"{name}\" there and restart, or choose another name", "name"),
        SubscriptionOutcome.Full => new Problem(
            409, "There are too many subscriptions", $"a bot may have {Limits.SubscriptionsPerBotMax}; remove one"),
        SubscriptionOutcome.Unavailable => new Problem(
            503, "Subscriptions cannot be changed now", "what was asked may be stored, but does not run everywhere yet; the same call again makes it good")
        {
            RetryAfterS = Limits.SubscriptionRetryAfterS,
        },
        _ => new Problem(404, "No such subscription", $"the bot has none named \"{name}\"", "name"),
    };

    private static void Write(Utf8JsonWriter json, Subscription one, IReadOnlyList<SubscriptionSnapshot> snapshots)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, one.Name);
        json.WriteString("bot"u8, one.Bot.Name);
        json.WriteString("origin"u8, one.Number == 0 ? "configuration"u8 : "api"u8);
        json.WriteString("url"u8, one.Url.AbsoluteUri);
        json.WriteBoolean("has_secret"u8, one.Secret is not null);
        WriteList(json, "kinds", one.Filter.Kinds.Select(UpdateKinds.Name));
        WriteList(json, "chat_types", one.Filter.ChatTypes.Select(type => type.ToString().ToLowerInvariant()));
        WriteList(json, "commands", one.Filter.Commands.Select(Encoding.UTF8.GetString));
        WriteList(json, "except_commands", one.Filter.ExceptCommands.Select(Encoding.UTF8.GetString));
        json.WriteNumber("max_in_flight"u8, one.MaxInFlight);
        json.WriteNumber("timeout_ms"u8, (long)one.Timeout.TotalMilliseconds);
        if (snapshots.FirstOrDefault(snapshot => snapshot.Id == one.Id) is { } now)
        {
            json.WriteString("state"u8, now.State.ToString().ToLowerInvariant());
            json.WriteNumber("waiting"u8, now.LagRecords);
            json.WriteNumber("oldest_age_ms"u8, now.OldestAgeMs);
            json.WriteNumber("in_flight"u8, now.InFlight);
            json.WriteNumber("parked"u8, now.ParkedRecords);
            json.WriteString("last_error"u8, now.LastError);
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}

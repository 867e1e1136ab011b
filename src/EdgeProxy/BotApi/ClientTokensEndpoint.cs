using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.BotApi;

/// <summary>
/// Issue, list and revoke client tokens. Every call needs a key with the scope admin that serves the bot.
/// POST /v1/bots/{bot}/tokens → 201, the token shown this once; GET the same → 200; DELETE /v1/bots/{bot}/tokens/{name or id} → 204.
/// Errors: 400 naming the field, 401, 403, 404, 409 (name taken, or no room), 413, 503 (nothing was changed on disk; try again).
/// </summary>
internal sealed class ClientTokensEndpoint(BotRegistry bots, ApiKeyRing keys, ClientTokens tokens, TimeProvider time)
{
    private const string Collection = "/v1/bots/{bot}/tokens";

    public static void Map(IEndpointRouteBuilder app, ClientTokensEndpoint endpoint)
    {
        app.MapPost(Collection, (RequestDelegate)(context => endpoint.IssueAsync(context, Route(context, "bot"))));
        app.MapGet(Collection, (RequestDelegate)(context => endpoint.ListAsync(context, Route(context, "bot"))));
        app.MapDelete(
            Collection + "/{token}", (RequestDelegate)(context => endpoint.RevokeAsync(context, Route(context, "bot"), Route(context, "token"))));
    }

    public async Task IssueAsync(HttpContext context, string botName)
    {
        if (await AdmitAsync(context, botName) is not { } bot) return;
        (byte[]? body, Problem? problem) = await ReadBodyAsync(context);
        ClientTokenRequest? request = body is null ? null : ClientTokenRequest.Read(body, time.GetUtcNow(), out problem);
        if (request is null)
        {
            await problem!.WriteAsync(context);
            return;
        }

        (ClientTokenOutcome outcome, ClientToken? token, string text) =
            await tokens.IssueAsync(bot, request.Name, request.Rights, request.ExpiresUnixMs);
        if (outcome != ClientTokenOutcome.Done)
        {
            await ProblemOf(outcome, request.Name).WriteAsync(context);
            return;
        }

        await AnswerAsync(context, StatusCodes.Status201Created, json => Write(json, token!, text));
    }

    public async Task ListAsync(HttpContext context, string botName)
    {
        if (await AdmitAsync(context, botName) is not { } bot) return;
        await AnswerAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tokens"u8);
            foreach (ClientToken token in tokens.List(bot)) Write(json, token, null);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public async Task RevokeAsync(HttpContext context, string botName, string nameOrId)
    {
        if (await AdmitAsync(context, botName) is not { } bot) return;
        ClientTokenOutcome outcome = await tokens.RevokeAsync(bot, nameOrId);
        if (outcome == ClientTokenOutcome.Done) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else await ProblemOf(outcome, nameOrId).WriteAsync(context);
    }

    private static string Route(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    /// <summary>The bot when the caller may administer it; else null, and the refusal has been written.</summary>
    private async Task<Bot?> AdmitAsync(HttpContext context, string botName)
    {
        ApiKey? key = keys.Find(context.Request.Headers.Authorization);
        if (key is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await new Problem(401, "No valid API key", "write the header Authorization: Bearer <key>", "Authorization").WriteAsync(context);
            return null;
        }

        if (!key.Allows(ApiScope.Admin))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\", scope=\"admin\"";
            await new Problem(403, "The API key may not do this", "the key needs the scope admin").WriteAsync(context);
            return null;
        }

        Bot? bot = bots.Find(botName);
        if (bot is not null && key.Serves(bot)) return bot;
        // The same for both, so that a key learns nothing of bots that are not its own.
        await new Problem(404, "No such bot", "no bot of that name is served for this key", "bot").WriteAsync(context);
        return null;
    }

    private static async Task<(byte[]? Body, Problem? Problem)> ReadBodyAsync(HttpContext context)
    {
        try
        {
            if (await BoundedBody.ReadAsync(context, Limits.ClientTokenRequestBytesMax) is { } body) return (body, null);
        }
        catch (BadHttpRequestException error)
        {
            return (null, new Problem(error.StatusCode, "The request cannot be read"));
        }

        return (null, new Problem(413, "The request is too large", $"at most {Limits.ClientTokenRequestBytesMax} bytes"));
    }

    private static Problem ProblemOf(ClientTokenOutcome outcome, string name) => outcome switch
    {
        ClientTokenOutcome.NameTaken => new Problem(409, "The name is taken", $"the bot has a client token \"{name}\"; revoke it or choose another", "name"),
        ClientTokenOutcome.Full => new Problem(409, "There are too many client tokens", $"one process holds {Limits.ClientTokensMax}; revoke some"),
        ClientTokenOutcome.NotFound => new Problem(404, "No such client token", "the bot has no token of that name or id", "token"),
        _ => new Problem(503, "Client tokens cannot be stored now", "what was asked is not durable; ask again") { RetryAfterS = Limits.ClientTokenRetryAfterS },
    };

    private static async Task AnswerAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    private static void Write(Utf8JsonWriter json, ClientToken token, string? text)
    {
        json.WriteStartObject();
        json.WriteNumber("id"u8, token.Id);
        json.WriteString("bot"u8, token.Bot.Name);
        json.WriteString("name"u8, token.Name);
        json.WriteStartArray("methods"u8);
        foreach (string method in token.Rights.Methods) json.WriteStringValue(method);
        json.WriteEndArray();
        json.WriteStartArray("chats"u8);
        foreach (string chat in token.Rights.Chats)
        {
            if (chat.StartsWith('@')) json.WriteStringValue(chat);
            else json.WriteNumberValue(long.Parse(chat, CultureInfo.InvariantCulture));
        }

        json.WriteEndArray();
        json.WriteString("created_at"u8, DateTimeOffset.FromUnixTimeMilliseconds(token.CreatedUnixMs));
        if (token.ExpiresUnixMs is { } expires) json.WriteString("expires_at"u8, DateTimeOffset.FromUnixTimeMilliseconds(expires));
        else json.WriteNull("expires_at"u8);
        if (text is not null) json.WriteString("token"u8, text);
        json.WriteEndObject();
    }
}

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
        app.MapPost(Collection, (RequestDelegate)endpoint.IssueAsync);
        app.MapGet(Collection, (RequestDelegate)endpoint.ListAsync);
        app.MapDelete(Collection + "/{token}", (RequestDelegate)endpoint.RevokeAsync);
    }

    public async Task IssueAsync(HttpContext context)
    {
        if (await BotAdmin.AdmitAsync(context, bots, keys) is not { } bot) return;
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

        await JsonAnswer.WriteAsync(context, StatusCodes.Status201Created, json => Write(json, token!, text));
    }

    public async Task ListAsync(HttpContext context)
    {
        if (await BotAdmin.AdmitAsync(context, bots, keys) is not { } bot) return;
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tokens"u8);
            foreach (ClientToken token in tokens.List(bot)) Write(json, token, null);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public async Task RevokeAsync(HttpContext context)
    {
        if (await BotAdmin.AdmitAsync(context, bots, keys) is not { } bot) return;
        string nameOrId = BotAdmin.Route(context, "token");
        ClientTokenOutcome outcome = await tokens.RevokeAsync(bot, nameOrId);
        if (outcome == ClientTokenOutcome.Done) context.Response.StatusCode = StatusCodes.Status204NoContent;
        else await ProblemOf(outcome, nameOrId).WriteAsync(context);
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

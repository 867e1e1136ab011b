using EdgeProxy.Primitives;

namespace EdgeProxy.Bots;

/// <summary>Who may administer a bot: a key with the scope admin that serves it.</summary>
internal static class BotAdmin
{
    /// <summary>The bot; else null, and the refusal has been written: 401, 403 or 404.</summary>
    public static async Task<Bot?> AdmitAsync(HttpContext context, BotRegistry bots, ApiKeyRing keys)
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

        Bot? bot = bots.Find(Route(context, "bot"));
        if (bot is not null && key.Serves(bot)) return bot;
        // The same for both, so that a key learns nothing of bots that are not its own.
        await new Problem(404, "No such bot", "no bot of that name is served for this key", "bot").WriteAsync(context);
        return null;
    }

    /// <summary>A part of the path, by its name in the route.</summary>
    public static string Route(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";
}

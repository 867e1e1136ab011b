using System.Text.Json.Nodes;
using EdgeProxy.Simulator.Delivery;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>setWebhook, deleteWebhook, getWebhookInfo.</summary>
internal sealed class WebhookMethods(TimeProvider clock)
{
    private const int SecretCharsMax = 256;
    private const int DefaultConnections = 40;
    private const string SecretChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

    private readonly Lock _gate = new();

    public ApiResult Set(FakeBot bot, ApiCall call)
    {
        string url = call.Text("url");
        if (url.Length == 0)
        {
            return Delete(bot, call);
        }

        string secret = call.Text("secret_token");
        long connections = call.Number("max_connections", call.Has("max_connections") ? 0 : DefaultConnections);
        if (Refuse(url, secret, connections) is { } refusal)
        {
            return refusal;
        }

        bool drop = call.Flag("drop_pending_updates");
        var settings = new WebhookSettings(url, secret, (int)connections);
        lock (_gate)
        {
            if (!drop && settings == bot.Updates.Webhook && !ChangesAllowed(bot, call))
            {
                return ApiResult.True("Webhook is already set");
            }

            if (bot.WebhookSetAt != 0 && clock.GetElapsedTime(bot.WebhookSetAt).TotalSeconds < 1)
            {
                return ApiResult.Flood(1);
            }

            bot.WebhookSetAt = clock.GetTimestamp();
            ApplyAllowed(bot, call);
            bot.Updates.SetWebhook(settings, drop);
            return ApiResult.True("Webhook was set");
        }
    }

    public ApiResult Delete(FakeBot bot, ApiCall call)
    {
        lock (_gate)
        {
            bool had = bot.Updates.Webhook is not null;
            bot.Updates.SetWebhook(null, call.Flag("drop_pending_updates"));
            return ApiResult.True(had ? "Webhook was deleted" : "Webhook is already deleted");
        }
    }

    public static ApiResult Info(FakeBot bot)
    {
        WebhookSettings? settings = bot.Updates.Webhook;
        var info = new JsonObject
        {
            ["url"] = settings?.Url ?? "",
            ["has_custom_certificate"] = false,
            ["pending_update_count"] = bot.Updates.PendingCount,
        };
        (long errorAt, string error) = bot.Pump.LastError;
        if (errorAt > 0)
        {
            info["last_error_date"] = errorAt;
            info["last_error_message"] = error;
        }

        if (settings is not null)
        {
            info["max_connections"] = settings.MaxConnections;
        }

        if (bot.Updates.Allowed is { } allowed)
        {
            info["allowed_updates"] = new JsonArray([.. allowed.Select(name => (JsonNode)JsonValue.Create(name))]);
        }

        return ApiResult.Ok(info);
    }

    /// <summary>Absent keeps the last setting.</summary>
    public static void ApplyAllowed(FakeBot bot, ApiCall call)
    {
        if (call.Array("allowed_updates") is { } names)
        {
            bot.Updates.Allow(Names(names));
        }
    }

    private static bool ChangesAllowed(FakeBot bot, ApiCall call) =>
        call.Array("allowed_updates") is { } names && !new HashSet<string>(Names(names)).SetEquals(bot.Updates.Allowed ?? []);

    /// <summary>Anything that is not a known kind is ignored.</summary>
    private static List<string> Names(JsonArray names) =>
        [.. names.Select(name => name?.ToString().ToLowerInvariant() ?? "").Where(UpdateKinds.Contains)];

    /// <summary>Telegram asks for https; http is taken on loopback only, where the proxy under test listens.</summary>
    private static ApiResult? Refuse(string url, string secret, long connections)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
        {
            return ApiResult.BadRequest("invalid webhook URL specified");
        }

        if (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
        {
            return ApiResult.BadRequest("bad webhook: an HTTPS URL must be provided for webhook");
        }

        return secret.Length > SecretCharsMax ? ApiResult.BadRequest("secret token is too long")
            : secret.AsSpan().IndexOfAnyExcept(SecretChars) >= 0 ? ApiResult.BadRequest("secret token contains unallowed characters")
            : connections is < 1 or > 100 ? ApiResult.BadRequest("max_connections must be between 1 and 100")
            : null;
    }
}

using EdgeProxy.Telegram;

namespace EdgeProxy.Bots;

/// <summary>A bot that is served. Immutable; made from configuration at start.</summary>
internal sealed class Bot
{
    /// <summary>Name in configuration, URLs, metrics and logs: [a-z0-9_-], 1–64 characters. Defaults to the bot id.</summary>
    public required string Name { get; init; }
    public required BotToken Token { get; init; }

    /// <summary>Telegram's cloud or a local server, without a trailing slash, e.g. https://api.telegram.org.</summary>
    public required Uri ApiRoot { get; init; }

    /// <summary>secret_token in UTF-8; empty when the bot uses none (then any caller that knows the URL is believed).</summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>How updates arrive.</summary>
    public IngestMode Mode { get; init; }

    /// <summary>The public URL told to Telegram; null when setWebhook is left to the operator.</summary>
    public Uri? WebhookUrl { get; init; }

    /// <summary>1–100; Telegram's default is 40.</summary>
    public int MaxConnections { get; init; } = 40;

    public long Id => Token.BotId;
    public override string ToString() => Name;
}

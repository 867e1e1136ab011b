using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Ingest;

/// <summary>
/// Tells Telegram where a bot's updates go, and does so again until it is accepted, and when consumers want other kinds.
/// 1. getWebhookInfo says what is set. 2. Nothing differs: done. 3. Otherwise setWebhook with URL, secret, max_connections and allowed_updates.
/// Telegram never returns the secret, so a keyed fingerprint of it rides in the URL's query (v=…): a changed secret is a changed URL.
/// </summary>
internal sealed partial class WebhookRegistrarLoop(
    Bot bot, AllowedUpdates allowed, BotApiClient client, TimeProvider time, ILogger<WebhookRegistrarLoop> logger)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(Limits.WebhookCallS);

    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile AllowedUpdates _allowed = allowed;

    public IngestState State { get; } = new(bot.Name);

    /// <summary>Telegram is told when it is not what it knows.</summary>
    public void Allow(AllowedUpdates allowed)
    {
        if (_allowed.Same(allowed.Names)) return;
        _allowed = allowed;
        _changed.Writer.TryWrite(true);
    }

    /// <param name="stopping">Ends it, by OperationCanceledException.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (true)
        {
            await RegisterAsync(stopping);
            await _changed.Reader.ReadAsync(stopping);
        }
    }

    /// <summary>Until it is accepted.</summary>
    public async Task RegisterAsync(CancellationToken stopping)
    {
        string url = UrlWithFingerprint(bot);
        for (int attempt = 1; ; attempt++)
        {
            AllowedUpdates allowed = _allowed;
            ApiReply reply = await client.CallAsync(bot.ApiRoot, bot.Token, "getWebhookInfo", default, CallTimeout, stopping);
            if (reply.Ok && IsSet(reply.Body, url, allowed))
            {
                LogUnchanged(bot.Name);
                State.Problem = null;
                return;
            }

            if (reply.Ok)
            {
                reply = await client.CallAsync(bot.ApiRoot, bot.Token, "setWebhook", SetWebhookJson(url, allowed), CallTimeout, stopping);
                if (reply.Ok)
                {
                    LogSet(bot.Name, bot.MaxConnections, allowed.Names.Count == 0 ? "default" : string.Join(',', allowed.Names));
                    State.Problem = null;
                    return;
                }
            }

            int delayS = Math.Max(Math.Min(reply.RetryAfterS, Limits.RetryAfterSMax), Math.Min(Limits.IngestBackoffMaxS, 1 << Math.Min(attempt, 6)));
            State.Problem = $"webhook is not registered: {reply.Status} {reply.Description}";
            LogFailed(bot.Name, reply.Status, reply.Description, delayS);
            await Task.Delay(TimeSpan.FromSeconds(delayS), time, stopping);
        }
    }

    /// <summary>The configured URL with v=&lt;first 8 hex digits of HMAC-SHA256(token, secret)&gt; added to its query.</summary>
    internal static string UrlWithFingerprint(Bot bot)
    {
        byte[] mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(bot.Token.Reveal()), bot.Secret.Span);
        string url = bot.WebhookUrl!.AbsoluteUri;
        return $"{url}{(bot.WebhookUrl.Query.Length > 0 ? '&' : '?')}v={Convert.ToHexStringLower(mac.AsSpan(0, 4))}";
    }

    private bool IsSet(byte[] body, string url, AllowedUpdates allowed)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        if (!document.RootElement.TryGetProperty("result", out JsonElement info) || info.ValueKind != JsonValueKind.Object) return false;
        string? current = info.TryGetProperty("url", out JsonElement value) ? value.GetString() : null;
        int maxConnections = info.TryGetProperty("max_connections", out value) && value.TryGetInt32(out int number) ? number : 40;
        IEnumerable<string> names = info.TryGetProperty("allowed_updates", out value) ? value.EnumerateArray().Select(item => item.GetString() ?? "") : [];
        return current == url && maxConnections == bot.MaxConnections && allowed.Same(names);
    }

    private ReadOnlyMemory<byte> SetWebhookJson(string url, AllowedUpdates allowed)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("url", url);
            if (!bot.Secret.IsEmpty) writer.WriteString("secret_token", bot.Secret.Span);
            writer.WriteNumber("max_connections", bot.MaxConnections);
            allowed.WriteTo(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    [LoggerMessage(1, LogLevel.Information, "Bot {Bot}: webhook registered, max_connections {MaxConnections}, allowed_updates {Allowed}")]
    private partial void LogSet(string bot, int maxConnections, string allowed);

    [LoggerMessage(2, LogLevel.Information, "Bot {Bot}: webhook is already as configured")]
    private partial void LogUnchanged(string bot);

    [LoggerMessage(3, LogLevel.Warning, "Bot {Bot}: webhook not registered ({Status} {Description}); next try in {DelayS} s")]
    private partial void LogFailed(string bot, int status, string? description, int delayS);
}

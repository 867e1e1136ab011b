using System.Collections.Frozen;
using System.Diagnostics;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// /bot&lt;token&gt;/&lt;method&gt;, /bot&lt;token&gt;/test/&lt;method&gt; and /file/bot&lt;token&gt;/&lt;path&gt;, for programs that take us for
/// api.telegram.org. A call's life:
/// 1. The path names a method (404), the token opens a bot (401), the request is a GET or POST (405).
/// 2. It does not meddle with updates that EdgeProxy receives (409); its priority is one (400).
/// 3. Its body is read as far as the lanes need it.
/// 4. It goes through the lanes; while it waits, a caller who hangs up takes it back.
/// 5. Telegram's answer goes back as it came, or one of ours in its shape.
/// </summary>
internal sealed class BotApiEndpoint
{
    public const string PriorityHeader = "X-Edge-Priority";

    /// <summary>Methods that would take a bot's updates away from EdgeProxy.</summary>
    private static readonly FrozenSet<string> UpdateMethods =
        new[] { "getUpdates", "setWebhook", "deleteWebhook", "logOut", "close" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly TokenIndex _tokens;
    private readonly LaneSender _sender;
    private readonly Func<Bot, LaneSettings> _settings;
    private readonly CallReader _reader;
    private readonly FileEndpoint _files;

    public BotApiEndpoint(BotRegistry bots, LaneSender sender, BotApiClient client, Func<Bot, LaneSettings> settings, UploadSpool spool)
    {
        (_sender, _settings) = (sender, settings);
        _tokens = new TokenIndex(bots);
        _reader = new CallReader(spool);
        _files = new FileEndpoint(client);
    }

    /// <summary>Whether the request is this endpoint's. It stands before routing, as the webhook's does.</summary>
    public static bool Owns(HttpContext context) =>
        context.Request.Path.Value is { } path && (CallPath.IsCall(path) || CallPath.IsFile(path));

    public Task HandleAsync(HttpContext context) =>
        CallPath.IsFile(context.Request.Path.Value!) ? FileAsync(context) : CallAsync(context);

    private async Task CallAsync(HttpContext context)
    {
        // 1. and 2. Who and what
        long startedAt = Stopwatch.GetTimestamp();
        CallReply? reply = Admit(context, out Bot? bot, out ApiMethod? method, out bool test, out LanePriority priority);
        if (reply is not null)
        {
            BotApiMetrics.Called(bot, "none", reply.Outcome, startedAt);
            await reply.WriteAsync(context);
            return;
        }

        // 3. Read
        CallRead read = await _reader.ReadAsync(context, method!, null);
        if (read.Call is { } call)
        {
            // 4. Send
            using (call.Body as IDisposable)
            {
                var terms = new SendTerms { Priority = priority, MaxWait = TimeSpan.FromMilliseconds(_settings(bot!).MaxWaitMs) };
                SendResult result = await _sender.SendAsync(bot!, call with { TestEnvironment = test }, terms, context.RequestAborted);
                reply = CallReplies.Of(result, call);
            }
        }
        else
        {
            reply = CallReplies.Of(read.Refusal);
        }

        // 5. Answer
        bool gone = reply is null || context.RequestAborted.IsCancellationRequested;
        BotApiMetrics.Called(bot, BotApiMetrics.KindOf(method!), gone ? "client_gone" : reply!.Outcome, startedAt);
        if (gone) HangUp(context);
        else await reply!.WriteAsync(context);
    }

    private async Task FileAsync(HttpContext context)
    {
        long startedAt = Stopwatch.GetTimestamp();
        CallReply? reply = AdmitFile(context, out Bot? bot, out string path);
        string outcome;
        if (reply is null)
        {
            outcome = await _files.HandleAsync(context, bot!, path);
        }
        else
        {
            outcome = reply.Outcome;
            await reply.WriteAsync(context);
        }

        BotApiMetrics.Called(bot, "file", outcome, startedAt);
    }

    private CallReply? Admit(HttpContext context, out Bot? bot, out ApiMethod? method, out bool test, out LanePriority priority)
    {
        (bot, method, test, priority) = (null, null, false, LanePriority.Normal);
        if (!CallPath.TryReadCall(context.Request.Path.Value!, out CallPath path)) return CallReplies.NotFound;
        bot = _tokens.Find(path.Token);
        if (bot is null) return CallReplies.Unauthorized;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsPost(context.Request.Method)) return CallReplies.WrongVerb;

        // Telegram too has no method of such a name.
        if (path.Name.Length > Limits.MethodCharsMax || !IsMethodName(path.Name)) return CallReplies.NotFound;
        method = ApiMethod.Of(path.Name.ToString());
        test = path.Test;
        if (ReceivesUpdates(bot) && UpdateMethods.Contains(method.Name)) return CallReplies.Owned;
        return TryReadPriority(context, out priority) ? null : CallReplies.WrongPriority;
    }

    private CallReply? AdmitFile(HttpContext context, out Bot? bot, out string path)
    {
        (bot, path) = (null, "");
        if (!CallPath.TryReadFile(context.Request.Path.Value!, out CallPath file)) return CallReplies.Unauthorized;
        bot = _tokens.Find(file.Token);
        if (bot is null) return CallReplies.Unauthorized;
        path = file.Name.ToString();
        return HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) ? null : CallReplies.WrongVerb;
    }

    // A webhook that the operator sets by hand stays the operator's.
    private static bool ReceivesUpdates(Bot bot) => bot.Mode switch
    {
        IngestMode.Polling => true,
        IngestMode.Webhook => bot.WebhookUrl is not null,
        _ => false,
    };

    private static bool TryReadPriority(HttpContext context, out LanePriority priority)
    {
        priority = LanePriority.Normal;
        if (!context.Request.Headers.TryGetValue(PriorityHeader, out var values)) return true;
        (bool known, priority) = values.ToString().ToLowerInvariant() switch
        {
            "interactive" => (true, LanePriority.Interactive),
            "normal" => (true, LanePriority.Normal),
            "bulk" => (true, LanePriority.Bulk),
            _ => (false, LanePriority.Normal),
        };
        return known;
    }

    private static bool IsMethodName(ReadOnlySpan<char> name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        }

        return true;
    }

    // Nobody is there to answer, and the rest of the body, if any, is nobody's. Kestrel knows a cancellation after an abort as the end of a
    // request; after a return it would try to read on.
    private static void HangUp(HttpContext context)
    {
        context.Abort();
        throw new OperationCanceledException(context.RequestAborted);
    }
}

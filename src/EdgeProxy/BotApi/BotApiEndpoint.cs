using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using EdgeProxy.Bots;
using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.BotApi;

/// <summary>
/// /bot&lt;token&gt;/&lt;method&gt;, /bot&lt;token&gt;/test/&lt;method&gt; and /file/bot&lt;token&gt;/&lt;path&gt;, for programs that take us for
/// api.telegram.org. A call's life:
/// 1. The path names a method (404), the token opens a bot (401), the request is a GET or POST (405). It does not meddle with updates that
///    EdgeProxy receives (409); its priority and its key are such (400); its method is in the client token's scope (403).
/// 2. Its body is read as far as the lanes need it.
/// 3. Its chats are in the client token's scope (403).
/// 4. It goes through the lanes; while it waits, a caller who hangs up takes it back.
/// 5. Telegram's answer goes back as it came, or one of ours in its shape.
/// </summary>
internal sealed class BotApiEndpoint
{
    public const string PriorityHeader = "X-Edge-Priority";
    public const string KeyHeader = "Idempotency-Key";

    private static readonly ApiMethod GetFile = ApiMethod.Of("getFile");

    /// <summary>Methods that would take a bot's updates away from EdgeProxy.</summary>
    private static readonly FrozenSet<string> UpdateMethods =
        new[] { "getUpdates", "setWebhook", "deleteWebhook", "logOut", "close" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly TokenIndex _tokens;
    private readonly ClientTokens _clients;
    private readonly LaneSender _sender;
    private readonly Func<Bot, LaneSettings> _settings;
    private readonly CallReader _reader;
    private readonly KeyedCalls _keyed;
    private readonly FileEndpoint _files;

    public BotApiEndpoint(
        BotRegistry bots,
        ClientTokens clients,
        IdempotencyStore keys,
        LaneSender sender,
        BotApiClient client,
        Func<Bot, LaneSettings> settings,
        UploadSpool spool)
    {
        (_clients, _sender, _settings) = (clients, sender, settings);
        _tokens = new TokenIndex(bots);
        _reader = new CallReader(spool);
        _keyed = new KeyedCalls(keys, sender);
        _files = new FileEndpoint(client);
    }

    /// <summary>Whether the request is this endpoint's. It stands before routing, as the webhook's does.</summary>
    public static bool Owns(HttpContext context) =>
        context.Request.Path.Value is { } path && (CallPath.IsCall(path) || CallPath.IsFile(path));

    public Task HandleAsync(HttpContext context) =>
        CallPath.IsFile(context.Request.Path.Value!) ? FileAsync(context) : CallAsync(context);

    private async Task CallAsync(HttpContext context)
    {
        // 1. Who and what
        long startedAt = Stopwatch.GetTimestamp();
        CallReply? reply = Admit(context, out Bot? bot, out CallAdmission? who);
        if (who is null)
        {
            BotApiMetrics.Called(bot, "none", reply!.Outcome, startedAt);
            CloseIfUnread(context);
            await reply.WriteAsync(context);
            return;
        }

        // 2. Read
        using PartWitness? witness = who.Witness();
        CallRead read = await _reader.ReadAsync(context, who.Method, witness);
        try
        {
            reply = read.Call is { } call
                ? await SendAsync(who, call with { TestEnvironment = who.TestEnvironment }, witness, context.RequestAborted)
                : CallReplies.Of(read.Refusal);
            if (read.Call is null) CloseIfUnread(context);
        }
        finally
        {
            (read.Call?.Body as IDisposable)?.Dispose();
            _reader.Release(read);
        }

        // 5. Answer
        bool gone = reply is null || context.RequestAborted.IsCancellationRequested;
        BotApiMetrics.Called(who.Bot, BotApiMetrics.KindOf(who.Method), gone ? "client_gone" : reply!.Outcome, startedAt);
        if (gone) HangUp(context);
        else await reply!.WriteAsync(context, who.Hidden);
    }

    private async Task<CallReply?> SendAsync(CallAdmission who, OutgoingCall call, PartWitness? witness, CancellationToken gone)
    {
        // 3. Scope
        ClientTokenFields chats = who.Rights is { HasChatScope: true } ? witness!.ChatsOf(call) : default;
        if (who.Rights?.Refusal(call, chats) is { } reason) return CallReplies.OutOfScope(reason);

        // 4. Send
        var terms = new SendTerms
        {
            Priority = who.Priority,
            RaiseWhenHeard = who.Priority != LanePriority.Bulk, // who says bulk means it, even to a chat that wrote lately
            MaxWait = TimeSpan.FromMilliseconds(_settings(who.Bot).MaxWaitMs),
        };
        if (who.IdempotencyKey is not null) return await _keyed.SendAsync(who, call, witness!.HashOf(call), terms, gone);
        return CallReplies.Of(await _sender.SendAsync(who.Bot, call, terms, gone), call);
    }

    private async Task FileAsync(HttpContext context)
    {
        long startedAt = Stopwatch.GetTimestamp();
        CallReply? reply = AdmitFile(context, out Bot? bot, out BotToken? hidden, out string path);
        string outcome;
        if (reply is null)
        {
            outcome = await _files.HandleAsync(context, bot!, hidden, path);
        }
        else
        {
            outcome = reply.Outcome;
            await reply.WriteAsync(context);
        }

        BotApiMetrics.Called(bot, "file", outcome, startedAt);
    }

    private CallReply? Admit(HttpContext context, out Bot? bot, out CallAdmission? who)
    {
        (bot, who) = (null, null);
        if (!CallPath.TryReadCall(context.Request.Path.Value!, out CallPath path)) return CallReplies.NotFound;
        if (!TryOpen(path.Token, out bot, out ClientTokenRights? rights)) return CallReplies.Unauthorized;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsPost(context.Request.Method)) return CallReplies.WrongVerb;

        // Telegram too has no method of such a name.
        if (path.Name.Length > Limits.MethodCharsMax || !IsMethodName(path.Name)) return CallReplies.NoMethod;
        ApiMethod method = ApiMethod.Of(path.Name.ToString());
        if (ReceivesUpdates(bot) && UpdateMethods.Contains(method.Name)) return CallReplies.Owned;
        if (!TryReadPriority(context, out LanePriority priority)) return CallReplies.WrongPriority;
        if (!TryReadKey(context, method, out string? key)) return CallReplies.WrongKey;
        who = new CallAdmission(bot, method, path.Test, priority, rights, key);
        return null;
    }

    private bool TryOpen(ReadOnlySpan<char> token, [NotNullWhen(true)] out Bot? bot, out ClientTokenRights? rights)
    {
        bot = _tokens.Find(token);
        rights = null;
        if (bot is not null) return true;
        if (_clients.Find(token) is not { } grant) return false;
        (bot, rights) = (grant.Bot, grant.Rights);
        return true;
    }

    private CallReply? AdmitFile(HttpContext context, out Bot? bot, out BotToken? hidden, out string path)
    {
        (bot, hidden, path) = (null, null, "");
        if (!CallPath.TryReadFile(context.Request.Path.Value!, out CallPath file)) return CallReplies.Unauthorized;
        if (!TryOpen(file.Token, out bot, out ClientTokenRights? rights)) return CallReplies.Unauthorized;
        path = file.Name.ToString();
        if (rights is not null) hidden = bot.Token;
        if (rights?.Refusal(GetFile, default) is { } reason) return CallReplies.OutOfScope(reason);
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

    // A call that sends nothing may be made as often as one likes.
    private static bool TryReadKey(HttpContext context, ApiMethod method, out string? key)
    {
        key = null;
        if (method.Kind == MethodKind.Free || !context.Request.Headers.TryGetValue(KeyHeader, out var values)) return true;
        key = values.ToString();
        return values.Count == 1 && IdempotencyRequest.IsKey(key);
    }

    private static bool IsMethodName(ReadOnlySpan<char> name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        }

        return true;
    }

    // The server does not read such a body away, it ends the connection. Who is not told would send the next call into that end.
    private static void CloseIfUnread(HttpContext context)
    {
        if (context.Request.ContentLength > context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize)
        {
            context.Response.Headers.Connection = "close";
        }
    }

    // Nobody is there to answer, and the rest of the body, if any, is nobody's. Kestrel knows a cancellation after an abort as the end of a
    // request; after a return it would try to read on.
    private static void HangUp(HttpContext context)
    {
        context.Abort();
        throw new OperationCanceledException(context.RequestAborted);
    }
}

using System.Net.Mime;
using System.Net.Sockets;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Delivery;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// <c>/bot&lt;token&gt;/&lt;method&gt;</c>, <c>/bot&lt;token&gt;/test/&lt;method&gt;</c> and <c>/file/bot&lt;token&gt;/&lt;path&gt;</c>.
/// </summary>
internal sealed class BotApiEndpoint(FakeTelegram telegram, BotApi api)
{
    private const int PollSMax = 50;
    private const int PollUpdatesMax = 100;

    /// <summary>Seconds [TBA].</summary>
    private const int InFlightRetryS = 60;
    private const int CloseWaitMs = 2000;

    /// <summary>The same in every run, so that two runs give the same headers.</summary>
    private static readonly DateTimeOffset FilesModified = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private readonly ApiCallReader _reader = new(telegram.Options.UploadKeptBytesMax);

    public Task HandleAsync(HttpContext context)
    {
        // 1. Route.
        string path = context.Request.Path.Value ?? "";
        if (path.StartsWith("/file/bot", StringComparison.Ordinal))
        {
            return ServeFileAsync(context, path["/file/bot".Length..]);
        }

        ReadOnlySpan<char> rest = path.StartsWith("/bot", StringComparison.Ordinal) ? path.AsSpan("/bot".Length) : [];
        int slash = rest.IndexOf('/');
        ReadOnlySpan<char> method = slash < 0 ? [] : rest[(slash + 1)..];
        if (method.StartsWith("test/", StringComparison.Ordinal))
        {
            method = method["test/".Length..];
        }

        if (method.IsEmpty || method.Contains('/'))
        {
            return AnswerAsync(context, ApiResult.Fail(404, "Not Found"));
        }

        if (telegram.FindBot(rest[..slash]) is not { } bot)
        {
            return AnswerAsync(context, ApiResult.Fail(401, "Unauthorized"));
        }

        telegram.Stats.ApiCall();
        return CallAsync(context, bot, new ApiCall(method.ToString()));
    }

    private async Task CallAsync(HttpContext context, FakeBot bot, ApiCall call)
    {
        // 2. Faults that come before the call is read know no chat yet; those with a chat wait for step 4.
        if (await IsCutBeforeAsync(context, bot, call, 0))
        {
            return;
        }

        // 3. Read.
        if (await ReadAsync(context, call) is { } unreadable)
        {
            await AnswerAsync(context, unreadable);
            return;
        }

        // 4. Faults of the transport.
        long chat = ChatIds.Of(call);
        if (chat != 0 && await IsCutBeforeAsync(context, bot, call, chat))
        {
            return;
        }

        if (telegram.Faults.Take(FaultKind.Latency, bot.Id, call.Method, chat) is { } latency)
        {
            await PauseAsync(context, latency.LatencyMs);
        }

        if (telegram.Faults.Take(FaultKind.ServerError, bot.Id, call.Method, chat) is { } error)
        {
            Trace(bot, call, chat, FaultKind.ServerError, error.Status);
            await AnswerAsync(context, ApiResult.ServerError(error.Status, error.Html));
            return;
        }

        // 5. Execute and answer.
        if (call.Method == "getupdates")
        {
            await PollAsync(context, bot, call);
            return;
        }

        if (chat == 0 || !MethodNames.IsSend(call.Method))
        {
            await FinishAsync(context, bot, call, chat, api.Execute(bot, call));
            return;
        }

        ChatState state = bot.Chats.Get(chat);
        int weight = MessageMethods.WeightOf(call);
        try
        {
            bool isTooMany = state.Enter(weight) > telegram.Options.InFlightMax && telegram.Options.EnforceLimits;
            await FinishAsync(context, bot, call, chat, isTooMany ? await TooManyInFlightAsync(context) : api.Execute(bot, call));
        }
        finally
        {
            state.Leave(weight);
        }
    }

    /// <summary>The answer, or what a fault makes of it when the call has taken effect.</summary>
    private async Task FinishAsync(HttpContext context, FakeBot bot, ApiCall call, long chat, ApiResult result)
    {
        Trace(bot, call, chat, null, result.Status);
        if (telegram.Options.LatencyMs > 0)
        {
            await PauseAsync(context, telegram.Options.LatencyMs);
        }

        if (result.IsOk && telegram.Faults.Take(FaultKind.LatencyAfter, bot.Id, call.Method, chat) is { } latency)
        {
            await PauseAsync(context, latency.LatencyMs);
        }

        if (result.IsOk && Hits(FaultKind.ResetAfter, bot, call, chat))
        {
            context.Abort();
            return;
        }

        if (result.IsOk && Hits(FaultKind.CloseAfter, bot, call, chat))
        {
            await CloseAsync(context);
            return;
        }

        await AnswerAsync(context, result);
    }

    private async Task<ApiResult> TooManyInFlightAsync(HttpContext context)
    {
        await PauseAsync(context, telegram.Options.InFlightWaitMs);
        telegram.Stats.InFlightFlood();
        telegram.Stats.Flood();
        return ApiResult.Flood(InFlightRetryS);
    }

    /// <summary>True when a fault has ended the connection.</summary>
    private async ValueTask<bool> IsCutBeforeAsync(HttpContext context, FakeBot bot, ApiCall call, long chat)
    {
        if (telegram.Faults.Take(FaultKind.ResetBefore, bot.Id, call.Method, chat, namesChat: chat != 0) is not null)
        {
            Trace(bot, call, chat, FaultKind.ResetBefore, 0);
            // Kestrel closes an aborted connection without lingering: the peer gets a reset.
            context.Abort();
            return true;
        }

        if (telegram.Faults.Take(FaultKind.CloseBefore, bot.Id, call.Method, chat, namesChat: chat != 0) is null)
        {
            return false;
        }

        Trace(bot, call, chat, FaultKind.CloseBefore, 0);
        await CloseAsync(context);
        return true;
    }

    /// <summary>Ends the connection in order: the peer reads an end where an answer should be.</summary>
    private static async Task CloseAsync(HttpContext context)
    {
        try
        {
            context.Features.Get<IConnectionSocketFeature>()?.Socket.Shutdown(SocketShutdown.Send);

            // The peer closes its side when it has read the end; an abort before that would be a reset.
            await Task.Delay(CloseWaitMs, context.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The peer was faster.
        }

        context.Abort();
    }

    /// <summary>A caller that has gone ends the pause, not the call.</summary>
    private async Task PauseAsync(HttpContext context, int ms)
    {
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(ms), telegram.Options.Clock, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // A request that has arrived takes effect, whoever waits for its answer.
        }
    }

    private Task AnswerAsync(HttpContext context, ApiResult result) =>
        context.RequestAborted.IsCancellationRequested ? Task.CompletedTask : result.WriteAsync(context.Response, telegram.Options.Chunked);

    private bool Hits(FaultKind kind, FakeBot bot, ApiCall call, long chat)
    {
        if (telegram.Faults.Take(kind, bot.Id, call.Method, chat) is null)
        {
            return false;
        }

        Trace(bot, call, chat, kind, 0);
        return true;
    }

    private void Trace(FakeBot bot, ApiCall call, long chat, FaultKind? fault, int status)
    {
        if (telegram.Options.Trace is { } trace)
        {
            string text = call.Has("text") ? call.Text("text") : call.Text("caption");
            trace(new CallTrace(bot.Id, call.Method, chat, text, fault, status, telegram.Options.Clock.GetUtcNow().ToUnixTimeMilliseconds()));
        }
    }

    private async Task<ApiResult?> ReadAsync(HttpContext context, ApiCall call)
    {
        try
        {
            return await _reader.ReadAsync(context.Request, call);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return ApiResult.BadRequest("can't read request body");
        }
    }

    private async Task PollAsync(HttpContext context, FakeBot bot, ApiCall call)
    {
        WebhookMethods.ApplyAllowed(bot, call);
        int limit = (int)Math.Clamp(call.Number("limit", PollUpdatesMax), 1, PollUpdatesMax);
        int timeoutS = (int)Math.Clamp(call.Number("timeout", 0), 0, PollSMax);
        PollWake wake;
        SimUpdate[] updates;
        try
        {
            (wake, updates) = await bot.Updates.PollAsync(call.Number("offset", 0), limit, timeoutS, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (wake != PollWake.Update)
        {
            await AnswerAsync(context, ApiResult.Fail(409, wake == PollWake.Newer
                ? "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
                : "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"));
            return;
        }

        TelegramHeaders.Apply(context.Response);
        context.Response.ContentType = MediaTypeNames.Application.Json;
        await context.Response.Body.WriteAsync("{\"ok\":true,\"result\":["u8.ToArray());
        for (int i = 0; i < updates.Length; i++)
        {
            if (i > 0)
            {
                await context.Response.Body.WriteAsync(",\n"u8.ToArray());
            }

            await context.Response.Body.WriteAsync(updates[i].Body);
        }

        await context.Response.Body.WriteAsync("]}"u8.ToArray());
    }

    private async Task ServeFileAsync(HttpContext context, string rest)
    {
        int slash = rest.IndexOf('/');
        if (slash < 0 || telegram.FindBot(rest.AsSpan(0, slash)) is null)
        {
            await AnswerAsync(context, ApiResult.Fail(401, "Unauthorized"));
            return;
        }

        if (telegram.Files.FindPath(rest[(slash + 1)..]) is not { } file)
        {
            await AnswerAsync(context, ApiResult.Fail(404, "Not Found"));
            return;
        }

        TelegramHeaders.Apply(context.Response);
        var tag = new EntityTagHeaderValue($"\"{GeneratedStream.HashOf(file.Id):x8}-{file.Bytes:x}\"");
        await Results.Stream(file.Open(), MediaTypeNames.Application.Octet, lastModified: FilesModified, entityTag: tag, enableRangeProcessing: true)
            .ExecuteAsync(context);
    }
}

using System.Net.Mime;
using EdgeProxy.Simulator.Control;
using EdgeProxy.Simulator.Delivery;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// <c>/bot&lt;token&gt;/&lt;method&gt;</c>, <c>/bot&lt;token&gt;/test/&lt;method&gt;</c> and <c>/file/bot&lt;token&gt;/&lt;path&gt;</c>.
/// </summary>
internal sealed class BotApiEndpoint(FakeTelegram telegram, BotApi api)
{
    private const int PollSMax = 50;
    private const int PollUpdatesMax = 100;

    private readonly ApiCallReader _reader = new(telegram.Options.UploadKeptBytesMax);

    public async Task HandleAsync(HttpContext context)
    {
        // 1. Route.
        string path = context.Request.Path.Value ?? "";
        if (path.StartsWith("/file/bot", StringComparison.Ordinal))
        {
            await ServeFileAsync(context, path["/file/bot".Length..]);
            return;
        }

        string[] parts = path.StartsWith("/bot", StringComparison.Ordinal) ? path["/bot".Length..].Split('/') : [];
        bool known = parts.Length == 2 || (parts.Length == 3 && parts[1] == "test");
        if (!known || parts[^1].Length == 0)
        {
            await ApiResult.Fail(404, "Not Found").WriteAsync(context.Response);
            return;
        }

        if (telegram.FindBot(parts[0]) is not { } bot)
        {
            await ApiResult.Fail(401, "Unauthorized").WriteAsync(context.Response);
            return;
        }

        telegram.Stats.ApiCall();
        await CallAsync(context, bot, new ApiCall(parts[^1]));
    }

    private async Task CallAsync(HttpContext context, FakeBot bot, ApiCall call)
    {
        // 2. Faults that come before the call is read know no chat yet; those with a chat wait for step 4.
        if (IsReset(FaultKind.ResetBefore, bot, call, 0))
        {
            context.Abort();
            return;
        }

        // 3. Read.
        if (await ReadAsync(context, call) is { } unreadable)
        {
            await unreadable.WriteAsync(context.Response);
            return;
        }

        // 4. Faults of the transport.
        long chat = ChatIds.Of(call);
        if (chat != 0 && IsReset(FaultKind.ResetBefore, bot, call, chat))
        {
            context.Abort();
            return;
        }

        if (telegram.Faults.Take(FaultKind.Latency, bot.Id, call.Method, chat) is { } latency)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(latency.LatencyMs), telegram.Options.Clock, context.RequestAborted);
        }

        if (telegram.Faults.Take(FaultKind.ServerError, bot.Id, call.Method, chat) is { } error)
        {
            await ApiResult.Fail(error.Status, error.Status == 502 ? "Bad Gateway" : "Internal Server Error").WriteAsync(context.Response);
            return;
        }

        // 5. Execute.
        if (call.Method == "getupdates")
        {
            await PollAsync(context, bot, call);
            return;
        }

        ApiResult result = api.Execute(bot, call);

        // 6. Answer, or reset when the call has taken effect.
        if (result.IsOk && IsReset(FaultKind.ResetAfter, bot, call, chat))
        {
            context.Abort();
            return;
        }

        await result.WriteAsync(context.Response);
    }

    private bool IsReset(FaultKind kind, FakeBot bot, ApiCall call, long chat) =>
        telegram.Faults.Take(kind, bot.Id, call.Method, chat) is not null;

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

    private static async Task PollAsync(HttpContext context, FakeBot bot, ApiCall call)
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
            await ApiResult.Fail(409, wake == PollWake.Newer
                ? "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
                : "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
                .WriteAsync(context.Response);
            return;
        }

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
        if (slash < 0 || telegram.FindBot(rest[..slash]) is null)
        {
            await ApiResult.Fail(401, "Unauthorized").WriteAsync(context.Response);
            return;
        }

        if (telegram.Files.FindPath(rest[(slash + 1)..]) is not { } file)
        {
            await ApiResult.Fail(404, "Not Found").WriteAsync(context.Response);
            return;
        }

        await Results.Stream(file.Open(), MediaTypeNames.Application.Octet, enableRangeProcessing: true).ExecuteAsync(context);
    }
}

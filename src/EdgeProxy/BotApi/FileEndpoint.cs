using System.Buffers;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// GET or HEAD /file/bot&lt;token&gt;/&lt;path&gt;: a file of Telegram's, passed on as it comes, with Range and If-Range.
/// 1. Telegram is asked with the caller's conditions.
/// 2. Its status and headers are passed on unchanged.
/// 3. Its bytes are passed on, no faster than the caller takes them. A break on the way ends the connection: the caller sees that bytes are missing.
/// </summary>
internal sealed class FileEndpoint(BotApiClient client)
{
    private static readonly string[] PassedHeaders = ["Range", "If-Range", "If-None-Match", "If-Modified-Since"];

    /// <param name="context">The request.</param>
    /// <param name="bot">Whose file.</param>
    /// <param name="hidden">The token that the caller must not learn; null when it is his own.</param>
    /// <param name="path">As the caller wrote it, unescaped.</param>
    /// <returns>The outcome, for metrics.</returns>
    public async Task<string> HandleAsync(HttpContext context, Bot bot, BotToken? hidden, string path)
    {
        // 1. Ask
        if (!IsPath(path)) return await AnswerAsync(context, CallReply.Plain(StatusCodes.Status404NotFound, "Not Found", "not_found"));
        using HttpResponseMessage? file = await client.OpenFileAsync(bot.ApiRoot, bot.Token, path, Conditions(context.Request), context.RequestAborted);
        if (file is null)
        {
            if (context.RequestAborted.IsCancellationRequested) return "client_gone";
            return await AnswerAsync(context, CallReply.Own(StatusCodes.Status502BadGateway, "Bad Gateway: no answer from Telegram", "no_answer"));
        }

        // 2. Status and headers
        context.Response.StatusCode = (int)file.StatusCode;
        CallReply.PassHeaders(ReplyHeaders.Read(file), context.Response, hidden);
        context.Response.ContentLength = file.Content.Headers.ContentLength;
        if (HttpMethods.IsHead(context.Request.Method)) return "answered";

        // 3. Bytes
        if (await CopyAsync(file.Content, context)) return "answered";
        context.Abort();
        return context.RequestAborted.IsCancellationRequested ? "client_gone" : "broken";
    }

    private static async Task<bool> CopyAsync(HttpContent content, HttpContext context)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Limits.UploadCopyBytes);
        try
        {
            Stream stream = await content.ReadAsStreamAsync(stall.Token);
            while (true)
            {
                stall.CancelAfter(TimeSpan.FromSeconds(Limits.DownloadStallS));
                int read = await stream.ReadAsync(buffer, stall.Token);
                if (read == 0) return true;
                BotApiMetrics.Down(read);

                // A caller who does not read is Kestrel's to end, by its least data rate.
                stall.CancelAfter(Timeout.Infinite);
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<string> AnswerAsync(HttpContext context, CallReply reply)
    {
        await reply.WriteAsync(context);
        return reply.Outcome;
    }

    private static List<KeyValuePair<string, string>> Conditions(HttpRequest request)
    {
        var conditions = new List<KeyValuePair<string, string>>();
        foreach (string name in PassedHeaders)
        {
            foreach (string? value in request.Headers[name])
            {
                if (value is not null) conditions.Add(new KeyValuePair<string, string>(name, value));
            }
        }

        return conditions;
    }

    // What could leave the bot's folder, or is no path of Telegram's, is not found.
    private static bool IsPath(string path)
    {
        foreach (string segment in path.Split('/'))
        {
            if (segment is "" or "." or ".." || segment.Contains('\\')) return false;
        }

        return true;
    }
}

using System.Buffers;
using System.IO.Pipelines;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace EdgeProxy.BotApi;

/// <summary>
/// Makes a call of a request: query string, JSON, form and multipart, one body of them all, without loading a file.
/// A body is read as far as the lanes need it:
/// 1. Without a file: whole, at most Limits.CallBytesMax.
/// 2. With a file, when its chat is known before the file begins: no further than that; the rest is streamed when its turn has come.
/// 3. With a file before its chat: into a file of the spool, whole.
/// </summary>
internal sealed class CallReader(UploadSpool spool)
{
    private long _heldBytes;

    /// <summary>Reads a request. Never throws for what its sender does.</summary>
    /// <param name="context">The request.</param>
    /// <param name="method">The method it calls.</param>
    /// <param name="witness">Told of every part of a multipart body, which is then read whole; null when nobody wants to know.</param>
    public async ValueTask<CallRead> ReadAsync(HttpContext context, ApiMethod method, PartWitness? witness)
    {
        // Room for the most that is held at once; what turns out not to be needed is given back.
        long promised = MostHeld(context.Request);
        if (Interlocked.Add(ref _heldBytes, promised) > Limits.CallBytesHeldMax)
        {
            Interlocked.Add(ref _heldBytes, -promised);
            return CallRead.Refused(CallRefusal.NoRoom);
        }

        CallRead read = CallRead.Refused(CallRefusal.Broken);
        try
        {
            return read = await ReadBodyAsync(context, method, witness);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return CallRead.Refused(FailureOf(exception));
        }
        finally
        {
            Interlocked.Add(ref _heldBytes, read.HeldBytes - promised);
        }
    }

    /// <summary>The call has ended: its bytes make room for others.</summary>
    public void Release(in CallRead read) => Interlocked.Add(ref _heldBytes, -read.HeldBytes);

    /// <summary>What an exception of reading a request's body means.</summary>
    public static CallRefusal FailureOf(Exception exception) => (exception as BadHttpRequestException)?.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => CallRefusal.TooLarge,
        StatusCodes.Status408RequestTimeout => CallRefusal.TooSlow,
        _ => CallRefusal.Broken,
    };

    private async ValueTask<CallRead> ReadBodyAsync(HttpContext context, ApiMethod method, PartWitness? witness)
    {
        HttpRequest request = context.Request;
        string query = request.QueryString.Value ?? "";
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true) return FromQuery(method, query);
        if (request.Headers.ContentEncoding.Count > 0) return CallRead.Refused(CallRefusal.Encoded);
        string type = request.ContentType ?? "";
        if (type.Contains("multipart/form-data", StringComparison.OrdinalIgnoreCase)) return await ReadMultipartAsync(context, method, query, witness);

        // 1. Without a file. A body of another type has no parameters, as Telegram sees it.
        (CallRefusal refusal, ReadOnlyMemory<byte> body) = await ReadWholeAsync(context);
        if (refusal != CallRefusal.None) return CallRead.Refused(refusal);
        BotApiMetrics.Up(body.Length);
        if (type.Contains("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            return Ok(CallScan.Form(method, query.Length > 1 ? QueryMerge.IntoForm(query, body.Span) : body), body.Length);
        }

        if (!type.Contains("application/json", StringComparison.OrdinalIgnoreCase) || body.IsEmpty) return FromQuery(method, query);
        if (query.Length > 1 && QueryMerge.IntoJson(query, body.Span) is { } merged) body = merged;
        return Ok(CallScan.Json(method, body), body.Length);
    }

    private static CallRead FromQuery(ApiMethod method, string query) => query.Length > 1
        ? Ok(CallScan.Form(method, QueryMerge.Form(query)), query.Length)
        : Ok(new OutgoingCall { Method = method, Body = new BufferedBody(CallEncoding.None, default, null) }, 0);

    private static CallRead Ok(OutgoingCall call, long heldBytes) => new(CallRefusal.None, call, heldBytes);

    // Of an upload its fields, or all of a small one; a chunked body says nothing before it ends.
    private static long MostHeld(HttpRequest request) =>
        Math.Min(request.ContentLength ?? (request.Headers.TransferEncoding.Count > 0 ? long.MaxValue : 0), Limits.CallBytesMax);

    private static async ValueTask<(CallRefusal Refusal, ReadOnlyMemory<byte> Body)> ReadWholeAsync(HttpContext context)
    {
        long? length = context.Request.ContentLength;
        if (length > Limits.CallBytesMax) return (CallRefusal.TooLarge, default);
        Allow(context, Limits.CallBytesMax);
        var body = new ArrayBufferWriter<byte>((int)Math.Clamp(length ?? 0, 1, Limits.UploadCopyBytes));
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            foreach (ReadOnlyMemory<byte> piece in read.Buffer) body.Write(piece.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (body.WrittenCount > Limits.CallBytesMax) return (CallRefusal.TooLarge, default);
            if (read.IsCompleted) return (CallRefusal.None, body.WrittenMemory);
        }
    }

    private async ValueTask<CallRead> ReadMultipartAsync(HttpContext context, ApiMethod method, string query, PartWitness? witness)
    {
        string contentType = context.Request.ContentType!;
        if (BoundaryOf(contentType) is not { } boundary) return CallRead.Refused(CallRefusal.NoBoundary);
        long? length = context.Request.ContentLength;
        if (length > Limits.UploadRequestBytesMax) return CallRead.Refused(CallRefusal.TooLarge);
        Allow(context, Limits.UploadRequestBytesMax);

        // The head: the query's fields, then the body up to its first file, or all of it when it is small.
        if (QueryMerge.AsParts(query, boundary) is not { } parts) return CallRead.Refused(CallRefusal.BadMultipart);
        var scan = new MultipartScan(method, boundary, default, witness);
        var head = new ArrayBufferWriter<byte>(Math.Max(256, parts.Length));
        head.Write(parts);
        scan.Feed(parts);
        PipeReader reader = context.Request.BodyReader;
        bool ended = false;
        while (!ended && WantsMore())
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            long taken = 0;
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                head.Write(piece.Span);
                scan.Feed(piece.Span);
                taken += piece.Length;
                if (!WantsMore()) break;
            }

            BotApiMetrics.Up(taken);
            ended = read.IsCompleted && taken == read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.GetPosition(taken));
        }

        if (ended) return Ok(CallOf(method, new MultipartBody(head.WrittenMemory, contentType, scan.ChatId), scan), head.WrittenCount);
        if (!scan.FileSeen)
        {
            bool readable = scan.Place != MultipartPlace.Failed || scan.FieldTooLarge;
            return CallRead.Refused(readable ? CallRefusal.TooLarge : CallRefusal.BadMultipart);
        }

        // 2. The chat is known: the rest waits at the caller.
        if (witness is null && scan.Fields.IsComplete(method))
        {
            var body = new StreamedBody(head.WrittenMemory, reader, length + parts.Length, contentType, scan.ChatId);
            return Ok(CallOf(method, body, scan), head.WrittenCount);
        }

        // 3. It is not.
        return await SpoolAsync(context, method, contentType, head.WrittenMemory, scan);

        bool WantsMore() => scan.FileSeen
            ? (length ?? head.WrittenCount) <= Limits.UploadBufferedBytesMax
            : head.WrittenCount <= Limits.CallBytesMax;
    }

    private async ValueTask<CallRead> SpoolAsync(
        HttpContext context, ApiMethod method, string contentType, ReadOnlyMemory<byte> head, MultipartScan scan)
    {
        if (SpooledBody.TryCreate(spool, contentType) is not { } body) return CallRead.Refused(CallRefusal.NoSpool);
        bool kept = false;
        try
        {
            if (!await body.TryAppendAsync(head)) return CallRead.Refused(CallRefusal.NoSpool);
            PipeReader reader = context.Request.BodyReader;
            while (!kept)
            {
                ReadResult read = await reader.ReadAsync(context.RequestAborted);
                bool stored = true;
                foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                {
                    scan.Feed(piece.Span);
                    stored = stored && await body.TryAppendAsync(piece);
                }

                BotApiMetrics.Up(read.Buffer.Length);
                reader.AdvanceTo(read.Buffer.End);
                if (!stored) return CallRead.Refused(CallRefusal.NoSpool);
                if (scan.Place == MultipartPlace.Failed) return CallRead.Refused(scan.FieldTooLarge ? CallRefusal.TooLarge : CallRefusal.BadMultipart);
                kept = read.IsCompleted;
            }

            body.Chat = scan.ChatId;
            return Ok(CallOf(method, body, scan), 0);
        }
        finally
        {
            if (!kept) body.Dispose();
        }
    }

    private static OutgoingCall CallOf(ApiMethod method, CallBody body, MultipartScan scan)
    {
        // Of a whole body that does not end as it should, Telegram takes nothing, or reads more into it than we do.
        CallFields fields = scan.Fields;
        ChatTarget chat = fields.Chat.IsNone && scan.Place != MultipartPlace.End && body is not StreamedBody ? ChatTarget.Unreadable : fields.Chat;
        return new OutgoingCall { Method = method, Body = body, Chat = chat, Weight = fields.Weight, Paid = fields.Paid };
    }

    // The process's limits are those of webhooks. HTTP/2 has no data rate of one request; its connection keeps the process's.
    private static void Allow(HttpContext context, long bytesMax)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = bytesMax;
        if (!HttpProtocol.IsHttp11(context.Request.Protocol)) return;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is not { } rate) return;
        rate.MinDataRate = new MinDataRate(Limits.CallBodyBytesPerSecondMin, TimeSpan.FromSeconds(Limits.CallBodyGraceS));
    }

    /// <summary>
    /// The boundary, found as Telegram's server finds it (tdnet/HttpReader.cpp): behind the first "boundary" and the next "=", up to a semicolon.
    /// Null when there is none, when it is too long, or when another reader might find another one.
    /// </summary>
    internal static string? BoundaryOf(string contentType)
    {
        int at = contentType.IndexOf("boundary", StringComparison.OrdinalIgnoreCase);
        // The header goes on as it is, and only ASCII can.
        if (at < 0 || contentType.AsSpan().ContainsAnyExceptInRange(' ', '~')) return null;
        if (contentType.IndexOf("boundary=", at + 1, StringComparison.OrdinalIgnoreCase) >= 0) return null;
        int equals = contentType.IndexOf('=', at);
        if (equals < 0) return null;
        int end = contentType.IndexOf(';', equals);
        string boundary = contentType[(equals + 1)..(end < 0 ? contentType.Length : end)].Trim();
        if (boundary.Length >= 2 && boundary[0] == '"' && boundary[^1] == '"') boundary = boundary[1..^1];
        bool plain = boundary.Length is > 0 and <= Limits.MultipartBoundaryCharsMax && !boundary.AsSpan().ContainsAnyExceptInRange(' ', '~');
        return plain && !boundary.Contains('"') && !boundary.Contains('\\') ? boundary : null;
    }
}

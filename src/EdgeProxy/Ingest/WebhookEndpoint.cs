using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using EdgeProxy.Bots;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace EdgeProxy.Ingest;

/// <summary>
/// POST /telegram/webhook/{bot}: an update from Telegram. Telegram's connections carry one plain POST after another all day; these are read below
/// Kestrel's HTTP (<see cref="WebhookConnection"/>), without a request object and without allocation. Whatever begins otherwise (another path, a wrong
/// secret, a chunked body, bytes that are no HTTP, a head that takes its time) stays in the pipe as it came, and the connection goes on in Kestrel
/// for good, and here:
/// 1. The bot is known (404), the call is a POST (405) from an admitted address (403) with the bot's secret (401).
/// 2. The body is read to its end in Kestrel's own buffer (413 over Limits.UpdateBytesMax).
/// 3. It is scanned once (400 when it is no update).
/// 4. It is appended to the journal, which answers when it is on disk.
/// 5. 200 for a stored update and for a duplicate of one; 503 with Retry-After when it could not be stored: Telegram sends it again.
/// </summary>
internal sealed class WebhookEndpoint(BotRegistry bots, IUpdateJournal journal, UpdateHeard heard, SourceCheck source, TimeProvider time)
{
    public const string PathPrefix = "/telegram/webhook/";
    private readonly WebhookAnswers _answers = new(time);

    /// <summary>Whether the request is this endpoint's. It stands before routing, which would cost an update more than its scan.</summary>
    public static bool Owns(HttpContext context) =>
        context.Request.Path.Value is { } path && path.StartsWith(PathPrefix, StringComparison.Ordinal);

    /// <summary>Stands before Kestrel's HTTP on a listener. Where addresses matter there is no short way: only HTTP knows whom a proxy speaks for.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => source.AdmitsAll ? connection => RunAsync(connection, next) : next;

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var webhook = new WebhookConnection(connection, new WebhookHead(bots), journal, heard, _answers);
        connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static state => ((WebhookConnection)state).Tick(), webhook);
        CancellationToken closing = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        CancellationTokenRegistration registration = closing.UnsafeRegister(static state => ((WebhookConnection)state!).Leave(), webhook);
        bool isOpen = await webhook.TakeAsync();
        registration.Unregister();
        if (isOpen) await next(connection);
    }

    public Task HandleAsync(HttpContext context)
    {
        // 1. Who calls
        Bot? bot = bots.Find(context.Request.Path.Value.AsSpan(PathPrefix.Length));
        IngestRefusal refusal = Admit(context, bot);
        return refusal == IngestRefusal.None ? TakeAsync(context, bot!) : RefuseAsync(context, bot, refusal);
    }

    private IngestRefusal Admit(HttpContext context, Bot? bot)
    {
        if (bot is null || bot.Mode != IngestMode.Webhook) return IngestRefusal.UnknownBot;
        if (!HttpMethods.IsPost(context.Request.Method)) return IngestRefusal.WrongMethod;
        if (!source.Admits(context)) return IngestRefusal.WrongSource;
        if (!SecretToken.Matches(bot.Secret.Span, context.Request.Headers[SecretToken.Header])) return IngestRefusal.WrongSecret;
        return context.Request.ContentLength > Limits.UpdateBytesMax ? IngestRefusal.TooLarge : IngestRefusal.None;
    }

    private async Task TakeAsync(HttpContext context, Bot bot)
    {
        // 2. Read: nothing is consumed before the end, so the body stays where Kestrel received it
        long startedAt = Stopwatch.GetTimestamp();
        PipeReader reader = context.Request.BodyReader;
        ReadResult read;
        try
        {
            read = await reader.ReadAsync();
            while (!read.IsCompleted && read.Buffer.Length <= Limits.UpdateBytesMax)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                read = await reader.ReadAsync();
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // What a caller or the network does is no error of ours: counted, not logged. BadHttpRequestException is an IOException.
            if (exception is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge })
            {
                await RefuseAsync(context, bot, IngestRefusal.TooLarge);
                return;
            }

            // Nothing more can be read from this connection, so it ends here; whoever still listens takes that as a failure. Kestrel knows
            // such an exception after an abort as the end of a request, and would try to read on after a return.
            IngestMetrics.Refused(bot, RefusalReply.Of(IngestRefusal.BodyBroken));
            context.Abort();
            throw;
        }

        byte[]? rented = null;
        IngestRefusal refusal = IngestRefusal.TooLarge;
        if (read.Buffer.Length <= Limits.UpdateBytesMax)
        {
            ReadOnlyMemory<byte> body = read.Buffer.IsSingleSegment ? read.Buffer.First : Gather(read.Buffer, out rented);

            // 3. Scan
            refusal = FromScan(UpdateEnvelope.TryRead(body.Span, out UpdateEnvelope envelope));

            // 4. Store
            if (refusal == IngestRefusal.None)
            {
                heard(bot, in envelope);
                AppendOutcome outcome = await journal.AppendAsync(bot.Id, in envelope, body);
                refusal = FromAppend(outcome);
                if (refusal == IngestRefusal.None) IngestMetrics.Taken(bot, outcome == AppendOutcome.Duplicate, startedAt);
            }
        }

        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        reader.AdvanceTo(read.Buffer.End);

        // 5. Answer: 200 and no body is what an untouched response is
        if (refusal != IngestRefusal.None) await RefuseAsync(context, bot, refusal);
    }

    /// <summary>One piece of many, in a rented buffer.</summary>
    internal static ReadOnlyMemory<byte> Gather(in ReadOnlySequence<byte> buffer, out byte[] rented)
    {
        int length = (int)buffer.Length;
        rented = ArrayPool<byte>.Shared.Rent(length);
        buffer.CopyTo(rented);
        return rented.AsMemory(0, length);
    }

    private static Task RefuseAsync(HttpContext context, Bot? bot, IngestRefusal refusal)
    {
        RefusalReply reply = RefusalReply.Of(refusal);
        IngestMetrics.Refused(bot, reply);
        HttpResponse response = context.Response;
        response.StatusCode = reply.Status;
        response.ContentType = "application/json";
        response.ContentLength = reply.Json.Length;
        if (reply.Retry) response.Headers.RetryAfter = Limits.IngestRetryAfterS.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return response.Body.WriteAsync(reply.Json).AsTask();
    }

    internal static IngestRefusal FromScan(EnvelopeOutcome outcome) => outcome switch
    {
        EnvelopeOutcome.Ok => IngestRefusal.None,
        EnvelopeOutcome.NoUpdateId => IngestRefusal.NoUpdateId,
        EnvelopeOutcome.Empty => IngestRefusal.Empty,
        _ => IngestRefusal.InvalidJson,
    };

    /// <summary>What an append's outcome means for whoever brought the update. None: it is on disk.</summary>
    internal static IngestRefusal FromAppend(AppendOutcome outcome) => outcome switch
    {
        AppendOutcome.Appended or AppendOutcome.Duplicate => IngestRefusal.None,
        AppendOutcome.Full => IngestRefusal.JournalFull,
        AppendOutcome.Stopping => IngestRefusal.Stopping,
        _ => IngestRefusal.DiskFailed,
    };
}

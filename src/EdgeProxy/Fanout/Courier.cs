using System.Buffers;
using System.Diagnostics;
using System.Threading.Channels;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>
/// Carries single attempts of one subscription and reports each to the loop's mailbox. Many run at once; none touches the loop's state.
/// </summary>
internal sealed partial class Courier(
    Subscription subscription, HttpSink sink, ReplyMethod replyMethod, ChannelWriter<DeliveryReport> mailbox,
    Func<bool>? mayDeliver, TimeProvider time, ILogger logger)
{
    private readonly CancellationTokenSource _cutCalls = new();
    private readonly TaskCompletionSource _noCalls = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isEnding;
    private int _calls;

    /// <summary>Method calls that may run before one more holds its queue key.</summary>
    public int CallsMax { get; set; } = Limits.ReplyCallsMax;

    /// <summary>Method calls from replies that run.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>
    /// 1. Post the update. 2. Begin the method call of the reply, if there is one. 3. Report: the key is free, whatever becomes of the call. A call
    /// that waits for its chat's budget holds up neither key nor slot; calls keep their order, since each is begun before its key is free and
    /// whoever executes them keeps the order of a chat. Only too many calls at once hold their keys.
    /// </summary>
    /// <param name="queue">Whose head this is; only handed back.</param>
    /// <param name="body">Rented; given back here.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="attempt">From 1.</param>
    /// <param name="cut">Ends the attempt. A method call of its reply goes on: the update is acknowledged and never comes again.</param>
    public async Task CarryAsync(KeyQueue queue, byte[] body, int length, int attempt, CancellationToken cut)
    {
        long started = Stopwatch.GetTimestamp();
        DeliveryReply reply;
        try
        {
            reply = await sink.PostAsync(subscription, body.AsMemory(0, length), attempt, cut).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // A bug of ours must cost one attempt, not the slot and the key for ever.
            LogBroken(logger, subscription.Id, error);
            reply = new DeliveryReply(DeliveryOutcome.Unreachable, 0, 0, [], error.GetType().Name);
        }

        // After a cancelled send the transport may still hold the buffer: that one is left to the collector.
        if (reply.Outcome is DeliveryOutcome.Delivered or DeliveryOutcome.Refused or DeliveryOutcome.Gone)
            ArrayPool<byte>.Shared.Return(body);
        FanoutMetrics.Attempted(subscription.Id, reply.Outcome, Stopwatch.GetElapsedTime(started).TotalSeconds);
        Task call = Task.CompletedTask;

        // Whoever owns the log now delivers this update again, and then executes what is replied.
        bool isOurs = mayDeliver is null || mayDeliver();
        if (isOurs && reply.Outcome == DeliveryOutcome.Delivered && reply.Body.Length > 0 && ReplyCall.TryRead(reply.Body, out string method))
        {
            call = ExecuteAsync(method, reply.Body);
            if (Calls > CallsMax) await call.WaitAsync(cut).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        mailbox.TryWrite(new DeliveryReport(DeliveryReportKind.Finished, queue, reply));
        await call.ConfigureAwait(false);
    }

    /// <summary>After the last attempt has ended: completes when no method call runs. At any time, more than once.</summary>
    /// <param name="cut">Ends those that still run.</param>
    public async Task EndCallsAsync(CancellationToken cut)
    {
        _isEnding = true;
        using CancellationTokenRegistration link = cut.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _cutCalls);
        if (Interlocked.CompareExchange(ref _calls, 0, 0) == 0) _noCalls.TrySetResult();
        await _noCalls.Task.ConfigureAwait(false);
    }

    private async Task ExecuteAsync(string method, byte[] json)
    {
        Interlocked.Increment(ref _calls);
        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(Limits.ReplyMethodMs), time);
        using CancellationTokenRegistration link = _cutCalls.Token.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).Cancel(), timeout);
        try
        {
            ApiReply reply = await replyMethod(subscription.Bot, method, json, timeout.Token).ConfigureAwait(false);
            FanoutMetrics.ReplyMethod(subscription.Id, reply.Ok);
            if (!reply.Ok) LogMethodFailed(logger, subscription.Id, method, $"{reply.Status} {reply.Description}");
        }
        catch (Exception error)
        {
            FanoutMetrics.ReplyMethod(subscription.Id, false);
            LogMethodFailed(logger, subscription.Id, method, error.GetType().Name);
        }

        if (Interlocked.Decrement(ref _calls) == 0 && _isEnding) _noCalls.TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Subscription {Subscription}: an attempt broke inside EdgeProxy")]
    private static partial void LogBroken(ILogger logger, string subscription, Exception error);

    // The type only: a message could quote a URL with a token.
    [LoggerMessage(Level = LogLevel.Warning, Message = "Subscription {Subscription}: method {Method} from a reply body failed: {Error}")]
    private static partial void LogMethodFailed(ILogger logger, string subscription, string method, string error);
}

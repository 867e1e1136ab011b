using EdgeProxy.Lanes;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// One message's way through the lanes: 1. its body; 2. it waits for its turn; 3. "sending" is written before the first byte of each attempt;
/// one that was refused is queued again while it waits; 4. what the end means is written; until that is on disk the message keeps its place and its
/// chat waits; 5. the loop hears of it.
/// </summary>
internal sealed partial class OutboxLoop
{
    private async Task FlyAsync(OutboxSend send, LanePriority priority)
    {
        try
        {
            SendResult result;
            // 1. Its body.
            bool isMtproto = send.Message.Transport == Transport.Mtproto;
            OutgoingCall? call = isMtproto ? null : CallOf(send);
            if (isMtproto)
            {
                result = await PassMtprotoAsync(send).ConfigureAwait(false);
            }
            else if (call is null)
            {
                result = new SendResult(SendOutcome.Rejected, new ApiReply(0, [], false, 0, "an uploaded file is gone"), 0, 0, 0);
            }
            else
            {
                // 2. and 3.
                result = await PassLanesAsync(send, call, priority).ConfigureAwait(false);
            }

            send.WasFull = result.Outcome == SendOutcome.LaneFull;
            send.WasRefused = result.Outcome == SendOutcome.Abandoned && send.Permit == SendPermit.Unavailable;
            // 4. Its end.
            if (OutboxVerdict.Of(send, result, NowUnixMs(), Random.Shared) is { } end) await FinishAsync(send, end).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // A bug. The row stays as it is: queued, or sending until the next start finds it in doubt.
            LogBug(_logger, send.Message.Id.ToString(), error);
            send.WasRefused = true;
        }
        finally
        {
            // 5.
            _flights.TryRemove(send, out _);
            _ended.Enqueue(send);
            Signal();
        }
    }

    private async Task<SendResult> PassLanesAsync(OutboxSend send, OutgoingCall call, LanePriority priority)
    {
        var terms = new SendTerms
        {
            Priority = priority,
            RaiseWhenHeard = priority != LanePriority.Bulk,
            MaxWait = TimeSpan.FromSeconds(Limits.OutboxMaxWaitS),
            BeforeFirstByte = () => MarkAsync(send),
            WhenRefused = refusal => TakeBackAsync(send, refusal),
        };
        try
        {
            return await _sender.SendAsync(send.Bot, call, terms, send.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (send.IsMarked)
        {
            // Whether bytes left is not known any more.
            LogBug(_logger, send.Message.Id.ToString(), error);
            return new SendResult(SendOutcome.Unknown, new ApiReply(0, [], false, 0, "the send broke off inside the proxy"), 0, 1, 0);
        }
    }

    /// <summary>The MTProto process keeps its account's pace itself; what is marked and broke off is sent again, which cannot double it.</summary>
    private async Task<SendResult> PassMtprotoAsync(OutboxSend send)
    {
        if (_settings.Mtproto is not { } mtproto)
        {
            return new SendResult(SendOutcome.NotSent, new ApiReply(0, [], false, 0, "MTProto is not configured here"), 0, 0, 0);
        }

        if (!await MarkAsync(send).ConfigureAwait(false)) return new SendResult(SendOutcome.Abandoned, default, 0, 0, 0);
        try
        {
            return await mtproto(send.Message, send.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            if (error is not OperationCanceledException) LogBug(_logger, send.Message.Id.ToString(), error);
            return new SendResult(SendOutcome.Unknown, new ApiReply(0, [], false, 0, "the send broke off inside the proxy"), 0, 1, 0);
        }
    }

    private async ValueTask<bool> MarkAsync(OutboxSend send)
    {
        if (IsStopping || _fenced || _store.EpochOf(send.Bot.Id) != send.Epoch || !send.TryBegin()) return false;
        send.Permit = await _store.MarkSendingAsync(send.Message.Id, send.Epoch, again: send.WasMarked).ConfigureAwait(false);
        if (send.Permit == SendPermit.Granted)
        {
            send.Mark();
            // A process that was stopped meanwhile: it goes back to the queue, if it still is ours to put there.
            return _store.MayLeave(send.Bot.Id, send.Epoch);
        }

        if (send.Permit == SendPermit.Fenced) Fence(send);
        return false;
    }

    /// <summary>
    /// Nothing of it is at Telegram while it waits for another attempt: a crash must not leave it in doubt, and it may be cancelled. A disk that fails
    /// leaves it as sending, which is only too careful.
    /// </summary>
    private async Task TakeBackAsync(OutboxSend send, SendResult refusal)
    {
        if (await _store.FinishAsync(OutboxVerdict.OfRefusal(send, refusal, NowUnixMs()), send.Epoch).ConfigureAwait(false) != FinishOutcome.Done) return;
        send.TakeBack();
        if (IsStopping) send.Drop();
    }

    /// <summary>Until the end is on disk. A disk that fails is waited for: forgetting that a message was sent would send it twice.</summary>
    private async Task FinishAsync(OutboxSend send, SendEnd end)
    {
        while (true)
        {
            FinishOutcome outcome = await _store.FinishAsync(end, send.Epoch).ConfigureAwait(false);
            if (outcome == FinishOutcome.Refused)
            {
                OutboxMetrics.Refused(send.Bot.Name);
                return;
            }

            if (outcome == FinishOutcome.Done || _giveUp.IsCancellationRequested) return;
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Limits.OutboxRestMsMin), _time, _giveUp.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // One last try, then the next start finds it as sending.
            }
        }
    }

    private void Fence(OutboxSend send)
    {
        if (_fenced) return;
        _fenced = _store.Lose(send.Bot.Id, send.Epoch);
        LogFenced(_logger, send.Epoch, send.Bot.Name);
        _refresh = true;
        Signal();
    }

    /// <summary>Null when a file of it is gone.</summary>
    private OutgoingCall? CallOf(OutboxSend send)
    {
        PendingMessage message = send.Message;
        CallBody body;
        if (message.Uploads.Count == 0)
        {
            body = new BufferedBody(CallEncoding.Json, message.Parameters, "application/json");
        }
        else
        {
            var upload = new UploadBody(message.Parameters, message.Uploads, _settings.UploadDir);
            if (!upload.IsComplete()) return null;
            body = upload;
        }

        return new OutgoingCall
        {
            Method = ApiMethod.Of(message.Method),
            Body = body,
            Chat = message.Chat,
            Weight = message.Weight,
            Paid = message.Paid,
            MayLeave = () => _store.MayLeave(send.Bot.Id, send.Epoch),
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Message} could not be sent because of a fault inside the proxy")]
    private static partial void LogBug(ILogger logger, string message, Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Another process owns the messages of {Bot} now (ours was epoch {Epoch}); this one stops sending them")]
    private static partial void LogFenced(ILogger logger, long epoch, string bot);
}

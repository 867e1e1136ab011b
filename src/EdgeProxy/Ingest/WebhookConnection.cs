using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Connections;

namespace EdgeProxy.Ingest;

/// <summary>
/// One connection on the short way. Per update: 1. wait until head and body are there; 2. scan and append the body, which ends when it is on disk;
/// 3. answer and let the bytes go. Kestrel may take over before a head and between two updates: what it must look at has then not been looked past.
/// All waits are in one method: its state lives as long as the connection, and an update allocates nothing.
/// </summary>
internal sealed class WebhookConnection(ConnectionContext connection, WebhookHead head, IUpdateJournal journal, UpdateHeard heard, WebhookAnswers answers)
{
    private readonly PipeReader _input = connection.Transport.Input;
    private readonly PipeWriter _output = connection.Transport.Output;
    private readonly Lock _lock = new();
    private bool _isOurs = true;
    private volatile bool _isAnswering;
    private bool _isLeaving;
    private int _headBytes;
    private long _startedAt;
    private int _ticksLeft;
    private byte[]? _rented;

    /// <summary>Takes updates until something else comes. True: that is Kestrel's. False: the connection is over.</summary>
    public async Task<bool> TakeAsync()
    {
        try
        {
            while (!_isLeaving)
            {
                // 1. Wait
                SequencePosition? seen = null;
                Volatile.Write(ref _ticksLeft, Limits.WebhookIdleS);
                ReadResult read = await _input.ReadAsync();
                while (!IsComplete(read.Buffer))
                {
                    if (_headBytes <= 0 && (read.IsCompleted || read.IsCanceled || _headBytes == WebhookHead.NotPlain))
                    {
                        _input.AdvanceTo(read.Buffer.Start, seen ?? read.Buffer.Start);
                        return !read.IsCompleted || !read.Buffer.IsEmpty;
                    }

                    if (read.IsCompleted || Volatile.Read(ref _ticksLeft) <= 0) return Broken();
                    _isLeaving |= read.IsCanceled;
                    seen = read.Buffer.End;
                    _input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    read = await _input.ReadAsync();
                }

                // 2. Store
                _isLeaving |= read.IsCanceled;
                IngestRefusal refusal = Scan(read.Buffer, out ReadOnlyMemory<byte> body, out UpdateEnvelope envelope);
                bool isDuplicate = false;
                if (refusal == IngestRefusal.None)
                {
                    heard(head.Bot!, in envelope);
                    AppendOutcome outcome = await journal.AppendAsync(head.Bot!.Id, in envelope, body);
                    refusal = WebhookEndpoint.FromAppend(outcome);
                    isDuplicate = outcome == AppendOutcome.Duplicate;
                }

                if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
                _rented = null;

                // 3. Answer
                _input.AdvanceTo(read.Buffer.GetPosition(_headBytes + head.BodyBytes));
                if (refusal == IngestRefusal.None) IngestMetrics.Taken(head.Bot!, isDuplicate, _startedAt);
                _headBytes = WebhookHead.Incomplete;
                _output.Write(refusal == IngestRefusal.None ? answers.Ok : answers.Refuse(head.Bot!, refusal));
                Volatile.Write(ref _ticksLeft, Limits.WebhookAnswerS);
                _isAnswering = true;
                FlushResult flushed = await _output.FlushAsync();
                _isAnswering = false;
                if (flushed.IsCompleted) return false;
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return Broken();
        }
        finally
        {
            lock (_lock) _isOurs = false;
        }
    }

    /// <summary>
    /// Leaves the connection to Kestrel at the next chance. Any thread, and at any time. The end of a wait runs what follows it, so the pool does that.
    /// </summary>
    public void Leave() => ThreadPool.UnsafeQueueUserWorkItem(static webhook => webhook.EndWait(), this, preferLocal: false);

    /// <summary>Called once a second. Kestrel has the bounds for connections that are idle or slow with a head; bodies and answers have theirs here.</summary>
    public void Tick()
    {
        if (Interlocked.Decrement(ref _ticksLeft) != 0) return;
        if (_isAnswering) connection.Abort();
        else Leave();
    }

    private void EndWait()
    {
        lock (_lock)
        {
            if (_isOurs) _input.CancelPendingRead();
        }
    }

    /// <summary>Whether head and body are there. The head is read once.</summary>
    private bool IsComplete(in ReadOnlySequence<byte> buffer)
    {
        if (_headBytes == WebhookHead.Incomplete && !buffer.IsEmpty)
        {
            _startedAt = Stopwatch.GetTimestamp();
            _headBytes = head.Read(in buffer);
            int ticks = _headBytes > 0 ? Limits.WebhookBodyS : Limits.WebhookPartS;
            if (_headBytes > 0 || Volatile.Read(ref _ticksLeft) > ticks) Volatile.Write(ref _ticksLeft, ticks);
        }

        return _headBytes > 0 && buffer.Length >= _headBytes + head.BodyBytes;
    }

    private IngestRefusal Scan(in ReadOnlySequence<byte> buffer, out ReadOnlyMemory<byte> body, out UpdateEnvelope envelope)
    {
        ReadOnlySequence<byte> bytes = buffer.Slice(_headBytes, head.BodyBytes);
        body = bytes.IsSingleSegment ? bytes.First : WebhookEndpoint.Gather(in bytes, out _rented);
        return WebhookEndpoint.FromScan(UpdateEnvelope.TryRead(body.Span, out envelope));
    }

    /// <summary>What a caller or the network does is no error of ours: counted when an update was on its way, not logged.</summary>
    private bool Broken()
    {
        if (_headBytes > 0) IngestMetrics.Refused(head.Bot, RefusalReply.Of(IngestRefusal.BodyBroken));
        return false;
    }
}

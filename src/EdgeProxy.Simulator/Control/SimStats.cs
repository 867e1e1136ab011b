namespace EdgeProxy.Simulator.Control;

/// <summary>Counters of the whole server.</summary>
internal sealed class SimStats
{
    private long _updatesQueued;
    private long _updatesDropped;
    private long _webhookAttempts;
    private long _webhookAccepted;
    private long _webhookFailed;
    private long _duplicatesInjected;
    private long _apiCalls;
    private long _floods;
    private long _faults;
    private long _inFlightFloods;
    private long _paidMessages;
    private long _chats;
    private long _floodedChats;
    private long _uploads;
    private long _uploadBytes;

    /// <summary>Updates that were queued.</summary>
    public long UpdatesQueued => Interlocked.Read(ref _updatesQueued);

    /// <summary>Updates that were filtered or dropped because the queue was full.</summary>
    public long UpdatesDropped => Interlocked.Read(ref _updatesDropped);
    public long WebhookAttempts => Interlocked.Read(ref _webhookAttempts);

    /// <summary>Updates that a webhook answered with 2xx; injected duplicates do not count.</summary>
    public long WebhookAcceptedCount => Interlocked.Read(ref _webhookAccepted);
    public long WebhookFailedCount => Interlocked.Read(ref _webhookFailed);
    public long DuplicatesInjected => Interlocked.Read(ref _duplicatesInjected);
    public long ApiCalls => Interlocked.Read(ref _apiCalls);

    /// <summary>429 answers.</summary>
    public long Floods => Interlocked.Read(ref _floods);

    /// <summary>429 answers because too many sends to one chat were in flight; counted in <see cref="Floods"/> too.</summary>
    public long InFlightFloods => Interlocked.Read(ref _inFlightFloods);

    /// <summary>Messages above the free 30/s that cost 0.1 Star each.</summary>
    public long PaidMessages => Interlocked.Read(ref _paidMessages);

    /// <summary>Chats of all bots that were written to, or refused.</summary>
    public long Chats => Interlocked.Read(ref _chats);

    /// <summary>Chats that got at least one 429 from a limit.</summary>
    public long FloodedChats => Interlocked.Read(ref _floodedChats);

    /// <summary>Injected faults that hit a call.</summary>
    public long Faults => Interlocked.Read(ref _faults);
    public long Uploads => Interlocked.Read(ref _uploads);
    public long UploadBytes => Interlocked.Read(ref _uploadBytes);

    public void UpdateQueued() => Interlocked.Increment(ref _updatesQueued);

    public void UpdateDropped() => Interlocked.Increment(ref _updatesDropped);

    public void WebhookAttempt() => Interlocked.Increment(ref _webhookAttempts);

    public void WebhookAccepted() => Interlocked.Increment(ref _webhookAccepted);

    public void WebhookFailed() => Interlocked.Increment(ref _webhookFailed);

    public void DuplicateInjected() => Interlocked.Increment(ref _duplicatesInjected);

    public void ApiCall() => Interlocked.Increment(ref _apiCalls);

    public void Flood() => Interlocked.Increment(ref _floods);

    public void InFlightFlood() => Interlocked.Increment(ref _inFlightFloods);

    public void Paid(int messages) => Interlocked.Add(ref _paidMessages, messages);

    public void Chat() => Interlocked.Increment(ref _chats);

    public void ChatFlooded() => Interlocked.Increment(ref _floodedChats);

    public void Fault() => Interlocked.Increment(ref _faults);

    public void Upload(long bytes)
    {
        Interlocked.Increment(ref _uploads);
        Interlocked.Add(ref _uploadBytes, bytes);
    }
}

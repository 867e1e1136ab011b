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

    public void Fault() => Interlocked.Increment(ref _faults);

    public void Upload(long bytes)
    {
        Interlocked.Increment(ref _uploads);
        Interlocked.Add(ref _uploadBytes, bytes);
    }
}

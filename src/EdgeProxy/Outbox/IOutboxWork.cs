namespace EdgeProxy.Outbox;

/// <summary>
/// The engine's side of the store. An owner begins with an epoch of its own; everything it writes names that epoch, and is refused once a later
/// owner has begun. No method throws for a disk or server that fails.
/// </summary>
internal interface IOutboxWork
{
    /// <summary>After each commit: what became sendable, and whether some broadcast changed. Called on the pool; must be quick.</summary>
    event Action<IReadOnlyList<OutboxHint>, bool>? Changed;

    /// <summary>
    /// Becomes the owner: raises the epoch, and settles what earlier owners left in "sending": unknown, or queued where it may be resent.
    /// </summary>
    /// <returns>The epoch; 0 when the store cannot be written.</returns>
    Task<long> BeginAsync();

    /// <summary>Queues of ordinary messages that have something ready, and broadcasts that run and whose time has come.</summary>
    Task<IReadOnlyList<long>> QueuesAsync();

    /// <summary>The next messages of a queue, one a lane.</summary>
    Task<PendingPage> NextAsync(PendingQuery query);

    /// <summary>The first ready message of one lane, or null.</summary>
    Task<PendingMessage?> HeadAsync(long queue, long lane);

    /// <summary>Writes "sending", or says why not. Again for a message that the owner is sending already: whether it may go on.</summary>
    /// <param name="id">The message.</param>
    /// <param name="epoch">The owner's.</param>
    /// <param name="again">Another attempt within one wait in the lanes: it does not count towards Limits.OutboxAttemptsMax.</param>
    Task<SendPermit> MarkSendingAsync(MessageId id, long epoch, bool again = false);

    /// <summary>Writes how the owner's attempt ended.</summary>
    Task<FinishOutcome> FinishAsync(SendEnd end, long epoch);

    /// <summary>
    /// What time brings: scheduled messages become ready, expired ones end, chats that rested may go, cancelled broadcasts are cleared. One batch of each.
    /// RestEnded: queues that seemed empty are to be asked anew. More: a batch was full; sweep again at once.
    /// </summary>
    Task<(bool RestEnded, bool More)> SweepAsync(long epoch);

    /// <summary>Deletes one batch of what is older than the retention. False when nothing is left to look at for now.</summary>
    Task<bool> RetireAsync(long epoch);

    /// <summary>Messages of a bot by state, indexed by <see cref="MessageState"/>.</summary>
    IReadOnlyList<long> Tally(long botId);

    /// <summary>When the oldest message that could go now was accepted, Unix milliseconds; 0 when there is none. May lag behind after a start.</summary>
    long OldestReadyUnixMs();

    /// <summary>Moves the search for the oldest one on.</summary>
    void FindOldest();

    /// <summary>Whether a message names that file of the upload folder.</summary>
    Task<bool> NamesUploadAsync(string path);
}

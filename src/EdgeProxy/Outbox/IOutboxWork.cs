namespace EdgeProxy.Outbox;

/// <summary>
/// The engine's side of the store. Whoever sends a bot's messages owns the bot under an epoch; everything he writes names that epoch, and is refused
/// once a later owner has begun. Embedded, the process owns all bots from BeginAsync on; in a cluster the store gains and loses them by itself.
/// No method throws for a disk or server that fails.
/// </summary>
internal interface IOutboxWork
{
    /// <summary>After each commit: what became sendable, and whether some broadcast changed. Called on the pool; must be quick.</summary>
    event Action<IReadOnlyList<OutboxHint>, bool>? Changed;

    /// <summary>
    /// Becomes the owner: raises the epoch, and settles what earlier owners left in "sending": unknown, or queued where it may be resent. In a cluster
    /// bots come later too, each with an epoch of its own.
    /// </summary>
    /// <returns>A number above 0 that rises from begin to begin, embedded the epoch; 0 when the store cannot be written.</returns>
    Task<long> BeginAsync();

    /// <summary>Gives back what it owns; nothing of it may be in flight but what was cut off.</summary>
    Task EndAsync();

    /// <summary>The epoch under which this process may begin to send for the bot; 0 when it may not. Any thread; does not wait.</summary>
    long EpochOf(long botId);

    /// <summary>
    /// Right before the first byte: whether nobody else can be the bot's owner yet, by this machine's own clock. Any thread; does not wait.
    /// </summary>
    bool MayLeave(long botId, long epoch);

    /// <summary>The store refused that epoch. Returns whether with it everything is lost, and not only that bot.</summary>
    bool Lose(long botId, long epoch);

    /// <summary>Of bots it owns: queues of ordinary messages that have something ready, and broadcasts that run and whose time has come.</summary>
    Task<IReadOnlyList<long>> QueuesAsync();

    /// <summary>The next messages of a queue, one a lane.</summary>
    Task<PendingPage> NextAsync(PendingQuery query);

    /// <summary>The first ready message of one lane, or null.</summary>
    Task<PendingMessage?> HeadAsync(long queue, long lane);

    /// <summary>Writes "sending", or says why not. Again for a message that the owner is sending already: whether it may go on.</summary>
    /// <param name="id">The message.</param>
    /// <param name="epoch">The owner's, as EpochOf said when the flight began.</param>
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

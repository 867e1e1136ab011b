namespace EdgeProxy.Journal;

/// <summary>One reader's place in the journal. Not thread-safe; every loop opens its own.</summary>
internal interface IJournalReader : IDisposable
{
    /// <summary>Where the next TryReadNext looks.</summary>
    long Position { get; }

    /// <summary>The next durable record; false when the end is reached. Corrupt records are skipped and counted.</summary>
    bool TryReadNext(out JournalRecord record);

    /// <summary>The record that starts at <paramref name="position"/>, without moving.</summary>
    RecordLook LookAt(long position, out JournalRecord record);

    /// <summary>
    /// Completes when a record that was Away is at hand or known to be Gone, or when that could not be found out (then it is still Away). May end on
    /// any thread; the reader may be used meanwhile. Never fails.
    /// </summary>
    ValueTask BringAsync(long position, CancellationToken cancellationToken);

    /// <summary>Completes when something is durable beyond Position (at once when it already is), or when cancelled (then throws).</summary>
    ValueTask WaitForMoreAsync(CancellationToken cancellationToken);
}

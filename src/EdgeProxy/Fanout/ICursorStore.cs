namespace EdgeProxy.Fanout;

/// <summary>Where the cursors of one log are kept. One caller at a time.</summary>
internal interface ICursorStore
{
    /// <summary>Why the last call failed, in words; meaningful after a failure.</summary>
    string? Fault { get; }

    /// <summary>The stored rows, in the order of the subscriptions; a row is null when its subscription is new. Null when they cannot be read now.</summary>
    Task<CursorRow?[]?> LoadAsync(IReadOnlyList<Subscription> subscriptions);

    /// <summary>Stores them; those not named stay.</summary>
    Task<CursorSaveOutcome> SaveAsync(IReadOnlyList<CursorCapture> captures);

    /// <summary>Removes the cursor of a subscription that is no more. Where that fails a row stays, which nobody reads again.</summary>
    Task ForgetAsync(string key);
}

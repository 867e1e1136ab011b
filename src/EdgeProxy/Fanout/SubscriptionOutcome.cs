namespace EdgeProxy.Fanout;

/// <summary>What became of a wish to make, change or remove a subscription.</summary>
internal enum SubscriptionOutcome
{
    /// <summary>There is one more, on disk, and it begins with the next update.</summary>
    Made,

    /// <summary>It is what was asked for now, and goes on where it was.</summary>
    Replaced,

    /// <summary>It is no more.</summary>
    Removed,

    /// <summary>No subscription of that name was made by the API.</summary>
    NotFound,

    /// <summary>It stands in the configuration, which the API does not change.</summary>
    Configured,

    /// <summary>The bot has as many as it may.</summary>
    Full,

    /// <summary>The table or the cursors cannot be written now. The same wish again makes it good.</summary>
    Unavailable,
}

namespace EdgeProxy.Fanout;

/// <summary>Where subscriptions that the API made are kept: the state file, or PostgreSQL for all processes of a cluster.</summary>
internal interface ISubscriptionTable
{
    Task<List<SubscriptionRow>> ReadAsync();

    /// <summary>Writes one, or replaces what it says: its number stays.</summary>
    Task PutAsync(long botId, string name, string json);

    Task DeleteAsync(long botId, string name);

    /// <summary>Whether one of the above failed for the disk or the server, and not for a bug.</summary>
    bool IsFailure(Exception error);
}

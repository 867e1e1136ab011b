using EdgeProxy.Bots;

namespace EdgeProxy.BotApi;

/// <summary>Where client tokens are kept: the state file, or PostgreSQL for all processes of a cluster.</summary>
internal interface IClientTokenTable
{
    /// <summary>All tokens of the bots, when other processes may have changed them; null when this process alone does.</summary>
    /// <param name="bots">Who is served.</param>
    /// <param name="unreadable">Called with the id of a row that cannot be meant: it opens nothing.</param>
    Task<List<ClientToken>?> RefreshAsync(BotRegistry bots, Action<long> unreadable);

    /// <summary>Removes expired tokens and writes one; its id is not looked at.</summary>
    /// <returns>The id; 0 when another process took the name meanwhile.</returns>
    Task<long> IssueAsync(ClientToken token, IReadOnlyList<ClientToken> expired);

    Task RevokeAsync(ClientToken token);

    /// <summary>Whether one of the above failed for the disk or the server, and not for a bug.</summary>
    bool IsFailure(Exception error);
}

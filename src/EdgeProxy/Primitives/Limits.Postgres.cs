namespace EdgeProxy.Primitives;

/// <summary>Bounds of the way to PostgreSQL.</summary>
internal static partial class Limits
{
    /// <summary>Wait between two attempts to reach the server, ms: how late a restarted one may be noticed.</summary>
    public const int PostgresRetryMs = 500;

    /// <summary>A listening connection without a notification for so long is asked whether it lives, ms.</summary>
    public const int PostgresQuietMs = 10_000;

    /// <summary>Connections of one process unless the connection string says otherwise: a server takes 100 by default, from all processes together.</summary>
    public const int PostgresConnectionsMax = 24;

    /// <summary>Statements a connection keeps prepared: as many as there are different ones.</summary>
    public const int PostgresPreparedMax = 100;
}

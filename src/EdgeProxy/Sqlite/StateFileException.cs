namespace EdgeProxy.Sqlite;

/// <summary>The state file cannot do what was asked. The message is written for the operator; it never holds row data.</summary>
/// <param name="message">What happened and, where known, what to do.</param>
/// <param name="code">SQLite's extended result code (sqlite.org/rescode.html), or 0 when the refusal is ours.</param>
internal sealed class StateFileException(string message, int code) : Exception(message)
{
    /// <summary>SQLite's extended result code, or 0.</summary>
    public int Code { get; } = code;

    /// <summary>The disk or the machine failed, not the statement: every writer is affected until it is well again.</summary>
    public bool IsDiskFault => (Code & 0xFF) is SqliteNative.Full or SqliteNative.IoError or SqliteNative.ReadOnly
        or SqliteNative.CantOpen or SqliteNative.NoMemory or SqliteNative.Corrupt or SqliteNative.NotADatabase or SqliteNative.Busy;
}

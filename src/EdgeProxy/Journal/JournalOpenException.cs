namespace EdgeProxy.Journal;

/// <summary>The journal cannot be opened, and only the operator can help. The message says how.</summary>
internal sealed class JournalOpenException(string message, Exception? inner = null) : Exception(message, inner);

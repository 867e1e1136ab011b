namespace EdgeProxy.Simulator.Control;

/// <summary>A command line that says something wrong.</summary>
internal sealed class UsageException(string message) : Exception(message);

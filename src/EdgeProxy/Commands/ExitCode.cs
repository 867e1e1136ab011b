namespace EdgeProxy.Commands;

/// <summary>Exit codes of the executable.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>A broken machine: the data folder cannot be used, an address cannot be bound.</summary>
    public const int Failed = 1;

    /// <summary>Wrong words on the command line or a wrong configuration: nothing was started.</summary>
    public const int Misconfigured = 2;
}

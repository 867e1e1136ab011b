using System.Globalization;

namespace EdgeProxy.Primitives;

/// <summary>
/// Runtime settings that exist only as environment variables: the runtime reads them at the first use of a socket, so they are set
/// here, before it, and not left to the operator. What the operator has set stays.
/// </summary>
internal static class SocketTuning
{
    public static void Apply()
    {
        Default("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

        // Inline completions start one polling thread a core; half of them leaves cores to the journal and the consumers.
        Default("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", Math.Max(1, Environment.ProcessorCount / 2).ToString(CultureInfo.InvariantCulture));
    }

    private static void Default(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) Environment.SetEnvironmentVariable(name, value);
    }
}

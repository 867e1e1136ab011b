using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeProxy.Primitives;

/// <summary>
/// What the runtime and the kernel must be told before the first socket and the first thread of ours. What the operator has set stays.
/// </summary>
internal static partial class ProcessTuning
{
    private const int BatchPolicy = 3;

    public static void Apply()
    {
        Default("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

        // Inline completions start one polling thread a core; half of them leaves cores to the journal and the consumers.
        Default("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", Math.Max(1, Environment.ProcessorCount / 2).ToString(CultureInfo.InvariantCulture));

        // A thread that wakes does not push another from its core (sched(7), SCHED_BATCH): the answers of a batch go out in one go, and what comes
        // in meanwhile is read in one go after it. A tenth less CPU an update. Threads inherit it; where it is forbidden, all stays as it was.
        int priority = 0;
        _ = SetScheduler(0, BatchPolicy, in priority);
    }

    /// <summary>What building the host allocated is garbage once it stands, and an idle process would keep it for ever: half of its heap.</summary>
    public static async Task GiveStartBackAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(Limits.StartGarbageMs));
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private static void Default(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) Environment.SetEnvironmentVariable(name, value);
    }

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}

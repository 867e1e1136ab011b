using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeProxy.Primitives;

/// <summary>
/// What the runtime and the kernel must be told before the first socket and the first thread of ours. What the operator has set stays.
/// </summary>
internal static partial class ProcessTuning
{
    private const int BatchPolicy = 3;
    private const int DontNeed = 4;

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

    /// <summary>
    /// What building the host allocated is garbage once it stands, and an idle process would keep it for ever: half of its heap. So is what the runtime
    /// read of the executable to set itself up, 6 MB of tables; whoever needs a page of them again gets it back from the file.
    /// </summary>
    public static async Task GiveStartBackAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(Limits.StartGarbageMs));
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (TablesOfExecutable() is (nint start, nint bytes)) _ = Advise(start, bytes, DontNeed);
    }

    /// <summary>The mapping of the executable's beginning, if it is read-only: nothing is ever written there, not even by relocation.</summary>
    private static (nint Start, nint Bytes)? TablesOfExecutable()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/maps"))
            {
                // start-end rights offset device inode path
                string[] words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length < 6 || words[1] != "r--p" || words[2].AsSpan().ContainsAnyExcept('0') || words[5] != Environment.ProcessPath) continue;
                string[] ends = words[0].Split('-');
                nint start = nint.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                return (start, nint.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) - start);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // No /proc: then nobody counts what is resident either.
        }

        return null;
    }

    private static void Default(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) Environment.SetEnvironmentVariable(name, value);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nint bytes, int advice);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EdgeProxy.Bench.Gate;

/// <summary>CPU time of the calling thread: neighbours on the same cores do not count, as they would on the wall's clock.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    public static long Nanoseconds()
    {
        if (GetTime(ThreadCpuTime, out Time time) != 0) throw new InvalidOperationException("clock_gettime failed");
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    public static long WallNanoseconds() => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    // struct timespec of 64-bit Linux.
    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

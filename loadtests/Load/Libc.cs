using System.Runtime.InteropServices;

namespace EdgeProxy.LoadTests.Load;

/// <summary>The calls of Linux that the generator makes for every request: .NET's sockets cost several times as much CPU.</summary>
internal static unsafe partial class Libc
{
    public const uint EpollIn = 1;
    public const uint EpollOut = 4;
    public const int EpollCtlAdd = 1;
    public const int EpollCtlMod = 3;
    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;
    public const int AgainErrno = 11;
    public const int InterruptedErrno = 4;
    private const int SetTimerSlack = 29;
    private const int CpuSetBytes = 128;

    /// <summary>Runs the calling thread on one core only.</summary>
    public static void PinThread(int core)
    {
        byte* set = stackalloc byte[CpuSetBytes];
        new Span<byte>(set, CpuSetBytes).Clear();
        set[core / 8] = (byte)(1 << (core % 8));
        _ = SetAffinity(0, CpuSetBytes, set);
    }

    /// <summary>Timers of the calling thread come to the microsecond; the kernel's default lets them be 50 µs late.</summary>
    public static void ExactTimers() => _ = PrCtl(SetTimerSlack, 1, 0, 0, 0);

    public static void Sleep(TimeSpan span)
    {
        var time = new TimeSpec { Nanoseconds = (long)span.TotalNanoseconds };
        _ = Poll(null, 0, &time, null);
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EpollCtl(int epoll, int operation, int descriptor, EpollEvent* change);

    [LibraryImport("libc", EntryPoint = "epoll_wait")]
    public static partial int EpollWait(int epoll, EpollEvent* events, int count, int timeoutMs);

    /// <summary>Waits for one descriptor with a bound in nanoseconds.</summary>
    [LibraryImport("libc", EntryPoint = "ppoll")]
    public static partial int Poll(PollFd* descriptors, ulong count, TimeSpec* timeout, void* signals);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* bytes, nint count, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, byte* bytes, nint count, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, byte* set);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int PrCtl(int option, ulong a, ulong b, ulong c, ulong d);

    /// <summary>struct epoll_event of x86-64 (packed).</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct EpollEvent
    {
        public uint Events;
        public int Data;
        public int DataHigh;
    }

    /// <summary>struct pollfd.</summary>
    public struct PollFd
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>struct timespec of a 64-bit Linux.</summary>
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

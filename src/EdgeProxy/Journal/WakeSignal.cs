using System.Runtime.InteropServices;

namespace EdgeProxy.Journal;

/// <summary>
/// A sleeping place for one thread: a semaphore of the C library. A wake is one system call and only when somebody sleeps, and a wait may be shorter
/// than a millisecond, which .NET's own events cannot do.
/// </summary>
internal sealed unsafe partial class WakeSignal : IDisposable
{
    // sem_t of Linux is 32 bytes on 64-bit machines, 16 on others.
    private const int SemaphoreBytes = 32;
    private const int MonotonicClock = 1;
    private const int TimedOutErrno = 110;
    private const long NsPerS = 1_000_000_000;
    private readonly void* _semaphore = NativeMemory.AlignedAlloc(SemaphoreBytes, 8);
    private int _isDisposed;

    public WakeSignal() => _ = Init(_semaphore, 0, 0);

    public void Set() => _ = Post(_semaphore);

    /// <summary>Until a Set that no wait has used up; without end.</summary>
    public void Wait()
    {
        // A signal handler (the runtime uses some) ends the wait early.
        while (WaitOnce(_semaphore) != 0)
        {
        }
    }

    /// <summary>The same for at most <paramref name="us"/> microseconds. False when the time was over.</summary>
    public bool Wait(long us)
    {
        TimeSpec until;
        _ = Clock(MonotonicClock, &until);
        long ns = until.Nanoseconds + (us * 1000);
        until = new TimeSpec { Seconds = until.Seconds + (ns / NsPerS), Nanoseconds = ns % NsPerS };
        while (WaitUntil(_semaphore, MonotonicClock, &until) != 0)
        {
            if (Marshal.GetLastPInvokeError() == TimedOutErrno) return false;
        }

        return true;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _ = Destroy(_semaphore);
        NativeMemory.AlignedFree(_semaphore);
    }

    [LibraryImport("libc", EntryPoint = "sem_init")]
    private static partial int Init(void* semaphore, int shared, uint value);

    [LibraryImport("libc", EntryPoint = "sem_post")]
    private static partial int Post(void* semaphore);

    [LibraryImport("libc", EntryPoint = "sem_wait")]
    private static partial int WaitOnce(void* semaphore);

    [LibraryImport("libc", EntryPoint = "sem_clockwait", SetLastError = true)]
    private static partial int WaitUntil(void* semaphore, int clock, TimeSpec* until);

    [LibraryImport("libc", EntryPoint = "sem_destroy")]
    private static partial int Destroy(void* semaphore);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Clock(int clock, TimeSpec* now);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}

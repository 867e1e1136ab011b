using System.Diagnostics;
using System.Net;
using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Load;

/// <summary>
/// A light generator of webhook requests: one thread, one epoll, finished bytes. 1. An open load's requests become due at a constant rate and wait
/// for a free connection if they must; latency counts from when they were due. A closed load sends on every connection as soon as it has its
/// answer. 2. After the last request the answers still under way are waited for.
/// </summary>
internal sealed unsafe class Blast : IDisposable
{
    private const int EventsMax = 256;
    private const long NsPerS = 1_000_000_000;

    /// <summary>For answers that are still under way when the load ends.</summary>
    private static readonly long DrainTicks = 5 * Stopwatch.Frequency;

    private readonly UpdateTape _tape;
    private readonly int? _core;
    private readonly int _epoll;
    private readonly Dictionary<int, BlastWire> _wires = [];
    private readonly Stack<BlastWire> _free = new();

    public Blast(IPEndPoint endPoint, UpdateTape tape, int connections, int? core)
    {
        (_tape, _core) = (tape, core);
        _epoll = Libc.EpollCreate(0);
        for (int index = 0; index < connections; index++)
        {
            var wire = new BlastWire(endPoint);
            _wires.Add(wire.Descriptor, wire);
            _free.Push(wire);
            Watch(wire, Libc.EpollCtlAdd, Libc.EpollIn);
        }
    }

    /// <param name="perSecond">0 for a closed load.</param>
    /// <param name="duration">How long requests are sent.</param>
    /// <param name="requestsMax">Ends the load earlier.</param>
    public Task<Tally> RunAsync(double perSecond, TimeSpan duration, long requestsMax = long.MaxValue)
    {
        var done = new TaskCompletionSource<Tally>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                if (_core is { } core) Libc.PinThread(core);
                Libc.ExactTimers();
                var tally = new Tally();
                Run(perSecond, duration, requestsMax, tally);
                done.SetResult(tally);
            }
            catch (LoadException exception)
            {
                done.SetException(exception);
            }
        });
        (thread.IsBackground, thread.Name) = (true, "load");
        thread.Start();
        return done.Task;
    }

    public void Dispose()
    {
        foreach (BlastWire wire in _wires.Values) wire.Dispose();
        _ = Libc.Close(_epoll);
    }

    private void Run(double perSecond, TimeSpan duration, long requestsMax, Tally tally)
    {
        Libc.EpollEvent* events = stackalloc Libc.EpollEvent[EventsMax];
        long started = Stopwatch.GetTimestamp();
        long until = started + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        double step = perSecond > 0 ? Stopwatch.Frequency / perSecond : 0;
        long total = perSecond > 0 ? Math.Min(requestsMax, (long)(perSecond * duration.TotalSeconds)) : requestsMax;
        long sent = 0;
        for (long now = started; ; now = Stopwatch.GetTimestamp())
        {
            // 1. Send what is due
            bool isOver = sent >= total || (step == 0 && now >= until);
            while (!isOver && _free.Count > 0)
            {
                long due = step == 0 ? Stopwatch.GetTimestamp() : started + (long)(sent * step);
                if (due > now && step > 0) break;
                Send(_free.Pop(), due);
                isOver = ++sent >= total;
            }

            // 2. The end: everything is answered, or too late
            if (isOver && _free.Count == _wires.Count) return;
            if (now > until + DrainTicks)
            {
                for (int late = _wires.Count - _free.Count; late > 0; late--) tally.Count((0, "no answer within 5 s of the load's end"), 200, until);
                return;
            }

            // 3. Wait for answers, and no longer than to the next request
            long next = isOver ? until + DrainTicks : step > 0 && _free.Count > 0 ? started + (long)(sent * step) : now + DrainTicks;
            Wait(next - Stopwatch.GetTimestamp());
            int count = Libc.EpollWait(_epoll, events, EventsMax, 0);
            for (int index = 0; index < count; index++) Take(_wires[events[index].Data], events[index].Events, tally);
        }
    }

    private void Send(BlastWire wire, long due)
    {
        wire.Send(_tape.Next(), due);
        if (wire.HasRest) Watch(wire, Libc.EpollCtlMod, Libc.EpollIn | Libc.EpollOut);
    }

    private void Take(BlastWire wire, uint happened, Tally tally)
    {
        if (wire.HasRest && (happened & Libc.EpollOut) != 0)
        {
            wire.Continue();
            if (!wire.HasRest) Watch(wire, Libc.EpollCtlMod, Libc.EpollIn);
        }

        if ((happened & ~Libc.EpollOut) == 0 || !wire.Receive()) return;
        tally.Count((wire.Status, ""), 200, wire.Intended);
        _free.Push(wire);
    }

    private void Watch(BlastWire wire, int operation, uint wanted)
    {
        var change = new Libc.EpollEvent { Events = wanted, Data = wire.Descriptor };
        _ = Libc.EpollCtl(_epoll, operation, wire.Descriptor, &change);
    }

    private void Wait(long ticks)
    {
        if (ticks <= 0) return;
        long ns = ticks * (NsPerS / Stopwatch.Frequency);
        var span = new Libc.TimeSpec { Seconds = ns / NsPerS, Nanoseconds = ns % NsPerS };
        var descriptor = new Libc.PollFd { Descriptor = _epoll, Events = 1 };
        _ = Libc.Poll(&descriptor, 1, &span, null);
    }
}

using System.Collections.Concurrent;
using EdgeProxy.Cluster;

namespace EdgeProxy.Tests.Cluster;

/// <summary>Runs under leases and keeps a book of who owned what: two that believe it at the same time are written down.</summary>
internal sealed class Owners
{
    private readonly ConcurrentDictionary<string, Lease> _now = new();

    public ConcurrentQueue<(string Name, long Epoch)> Taken { get; } = new();
    public ConcurrentQueue<string> Doubles { get; } = new();
    public int Lost;

    public async Task RunAsync(Lease lease)
    {
        Taken.Enqueue((lease.Name, lease.Epoch));
        if (_now.TryGetValue(lease.Name, out Lease? other) && other.IsHeld) Doubles.Enqueue(lease.Name);
        _now[lease.Name] = lease;
        var over = new TaskCompletionSource();
        using CancellationTokenRegistration closing = lease.Closing.Register(() => over.TrySetResult());
        await over.Task;
        if (lease.Lost.IsCancellationRequested) Interlocked.Increment(ref Lost);
        else Assert.True(lease.IsHeld, "closed, not lost");
        _now.TryRemove(new KeyValuePair<string, Lease>(lease.Name, lease));
    }

    /// <summary>Epochs of each name strictly ascend in the order of the takings.</summary>
    public bool EpochsGrow() => Taken.GroupBy(one => one.Name).All(
        name => name.Zip(name.Skip(1)).All(pair => pair.First.Epoch < pair.Second.Epoch));
}

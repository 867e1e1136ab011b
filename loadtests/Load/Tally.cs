using System.Diagnostics;
using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Load;

/// <summary>What came of a load's requests. Safe for many writers.</summary>
internal sealed class Tally
{
    private long _ok;
    private long _errors;
    private string? _firstError;

    public long Ok => Interlocked.Read(ref _ok);
    public long Errors => Interlocked.Read(ref _errors);
    public string? FirstError => _firstError;
    public Histogram Latency { get; } = new();

    /// <param name="reply">The answer; status 0 when the connection broke.</param>
    /// <param name="wanted">The status that counts as success.</param>
    /// <param name="intended">When the request was due, timestamp of <see cref="Stopwatch"/>. Errors count into the latency too.</param>
    public void Count((int Status, string Error) reply, int wanted, long intended)
    {
        Latency.Add(Stopwatch.GetElapsedTime(intended));
        if (reply.Status == wanted)
        {
            Interlocked.Increment(ref _ok);
            return;
        }

        Interlocked.Increment(ref _errors);
        Interlocked.CompareExchange(ref _firstError, $"{reply.Status} {reply.Error}", null);
    }
}

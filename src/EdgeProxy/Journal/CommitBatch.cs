using System.Diagnostics;

namespace EdgeProxy.Journal;

/// <summary>
/// The requests of one fsync, completed on the thread pool as one work item, so that the writer is free for the next batch at once and no
/// caller's code runs on the writer's thread.
/// </summary>
internal sealed class CommitBatch(CommitBatchPool pool) : IThreadPoolWorkItem
{
    private AppendRequest?[] _requests = new AppendRequest?[64];
    private long _durableAt;

    public int Count { get; private set; }

    public ReadOnlySpan<AppendRequest?> Requests => _requests.AsSpan(0, Count);

    public void Add(AppendRequest request)
    {
        if (Count == _requests.Length)
            Array.Resize(ref _requests, Count * 2);
        _requests[Count++] = request;
    }

    /// <summary>The outcomes are set; hand them over.</summary>
    public void Dispatch()
    {
        _durableAt = Stopwatch.GetTimestamp();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public void Execute()
    {
        var (appended, duplicates) = (0, 0);
        for (var i = 0; i < Count; i++)
        {
            var request = _requests[i]!;
            _requests[i] = null;
            switch (request.Outcome)
            {
                case AppendOutcome.Appended:
                    appended++;
                    JournalMetrics.AppendSeconds.Record(Stopwatch.GetElapsedTime(request.EnqueuedAt, _durableAt).TotalSeconds);
                    break;
                case AppendOutcome.Duplicate:
                    duplicates++;
                    break;
                default:
                    JournalMetrics.Refuse(request.Outcome);
                    break;
            }
            request.Complete();
        }
        JournalMetrics.Appended.Add(appended);
        JournalMetrics.Duplicates.Add(duplicates);
        Count = 0;
        pool.Return(this);
    }
}

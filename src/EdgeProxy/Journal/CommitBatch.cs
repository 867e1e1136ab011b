using System.Diagnostics;

namespace EdgeProxy.Journal;

/// <summary>The requests of one fsync, completed together.</summary>
internal sealed class CommitBatch(CommitBatchPool pool)
{
    private AppendRequest?[] _requests = new AppendRequest?[64];
    private long _durableAt;

    /// <summary>The batch behind this one in the queue of <see cref="CompletionLoop"/>.</summary>
    public CommitBatch? Next;

    public int Count { get; private set; }

    public ReadOnlySpan<AppendRequest?> Requests => _requests.AsSpan(0, Count);

    public void Add(AppendRequest request)
    {
        if (Count == _requests.Length)
            Array.Resize(ref _requests, Count * 2);
        _requests[Count++] = request;
    }

    /// <summary>The outcomes are set; hand them over.</summary>
    public void Dispatch(CompletionLoop completions)
    {
        _durableAt = Stopwatch.GetTimestamp();
        completions.Push(this);
    }

    /// <summary>Runs what the callers do next.</summary>
    public void Complete()
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

namespace EdgeProxy.Bench.Subjects;

/// <summary>Something that keeps records on disk: the same bytes again and again, in batches that are each durable before the next begins.</summary>
internal abstract class RecordLog : IDisposable
{
    public const int BatchMax = 128;

    /// <summary>Completes when the last of <paramref name="records"/> is on disk.</summary>
    /// <param name="records">How many; a multiple of <paramref name="batch"/>.</param>
    /// <param name="batch">Records that share one wait for the disk, at most <see cref="BatchMax"/>.</param>
    public abstract Task AppendAsync(int records, int batch);

    public abstract void Dispose();
}

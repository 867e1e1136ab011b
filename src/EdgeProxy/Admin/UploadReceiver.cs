using System.Collections.Concurrent;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Takes a file's bytes in and hands them on, never holding more than two chunks:
/// 1. the offset is where the job's record stands, and nobody else brings bytes to it;
/// 2. a chunk is filled from the caller while the one before is on its way;
/// 3. a chunk is kept until the process has stored it at Telegram, whatever happens to the process meanwhile;
/// 4. then the record says so; the last chunk ends the step, and the account's loop sends the message.
/// A caller who breaks off has lost less than a part of what he sent.
/// </summary>
internal sealed class UploadReceiver(AdminHost host, TimeProvider time)
{
    private readonly ConcurrentDictionary<AdminJobId, CancellationTokenSource> _open = new();

    /// <summary>Ends the receiving of a job that is withdrawn.</summary>
    public void Stop(AdminJobId id)
    {
        try
        {
            if (_open.TryGetValue(id, out CancellationTokenSource? receiving)) receiving.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    /// <summary>Null when the whole file is stored.</summary>
    /// <param name="job">A job of the kind SendFile.</param>
    /// <param name="offset">Where the body begins, bytes.</param>
    /// <param name="body">The caller's bytes.</param>
    /// <param name="refused">Hears of an answer that ends the job.</param>
    /// <param name="aborted">The caller is gone.</param>
    /// <exception cref="IOException">The caller broke off; what was whole is stored.</exception>
    public async Task<Problem?> ReceiveAsync(AdminJob job, long offset, Stream body, Action<SidecarReply> refused, CancellationToken aborted)
    {
        // 1.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(aborted, host.Stopping);
        if (_open.Count >= Limits.AdminUploadsMax) return AdminProblems.Busy("Too many files are being received");
        if (!_open.TryAdd(job.Id, end)) return new Problem(StatusCodes.Status409Conflict, "The file is being received", "another request brings its bytes");
        try
        {
            // Looked at again: the receiver before may have gone on since.
            if (await host.Store.FindAsync(job.Id) is not { State: JobState.Receiving } now)
            {
                return new Problem(StatusCodes.Status409Conflict, "The job takes no bytes", $"it is {AdminNames.Of(job.State)}");
            }

            UploadProgress progress = UploadProgress.Read(now.Steps[0].Memo)!.Value;
            if (offset != progress.Bytes)
            {
                return new Problem(StatusCodes.Status409Conflict, "The bytes do not continue the file", $"go on at {progress.Bytes}", "Upload-Offset");
            }

            string fileId = await host.Store.InputAsync(job.Id, 0);
            return await PumpAsync(now, fileId, progress, body, refused, end.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return new Problem(StatusCodes.Status409Conflict, "The file is received no more", "the job was withdrawn, or EdgeProxy stops; ask for the job");
        }
        finally
        {
            _open.TryRemove(job.Id, out _);
        }
    }

    private async Task<Problem?> PumpAsync(
        AdminJob job, string fileId, UploadProgress progress, Stream body, Action<SidecarReply> refused, CancellationToken end)
    {
        byte[] filling = GC.AllocateUninitializedArray<byte>((int)Math.Min(Limits.AdminChunkBytes, progress.Total));
        byte[] leaving = GC.AllocateUninitializedArray<byte>(filling.Length);
        long read = progress.Bytes;
        Task<Problem?> sending = Task.FromResult<Problem?>(null);
        while (read < progress.Total)
        {
            // 2.
            int wanted = (int)Math.Min(filling.Length, progress.Total - read);
            (int filled, IOException? broken) = await FillAsync(body, filling.AsMemory(0, wanted), end);
            if (await sending is { } problem) return problem;
            bool isShort = filled < wanted;
            int whole = isShort ? filled - (filled % Limits.AdminPartBytes) : filled;
            (filling, leaving) = (leaving, filling);
            // 3. and 4.
            sending = whole == 0 ? sending : StoreAsync(job, fileId, new UploadProgress(read, progress.Total), leaving.AsMemory(0, whole), refused, end);
            read += whole;
            if (!isShort) continue;
            if (await sending is { } last) return last;
            if (broken is not null) throw broken;
            return new Problem(StatusCodes.Status400BadRequest, "The body ended before the file", $"{read} of {progress.Total} bytes are stored; go on there");
        }

        return await sending;
    }

    private static async Task<(int Filled, IOException? Broken)> FillAsync(Stream body, Memory<byte> into, CancellationToken end)
    {
        int filled = 0;
        try
        {
            while (filled < into.Length)
            {
                int read = await body.ReadAsync(into[filled..], end);
                if (read == 0) break;
                filled += read;
            }
        }
        catch (IOException error)
        {
            // What came is not lost with the line.
            return (filled, error);
        }

        return (filled, null);
    }

    /// <summary>Null once the chunk is stored and the record says so.</summary>
    private async Task<Problem?> StoreAsync(
        AdminJob job, string fileId, UploadProgress at, ReadOnlyMemory<byte> chunk, Action<SidecarReply> refused, CancellationToken end)
    {
        long since = time.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            long part = at.Bytes / Limits.AdminPartBytes;
            SidecarReply reply = await host.Client.PutBytesAsync(SidecarPath.Upload(job.Account, fileId, at.Total, part), chunk, end);
            if (reply.Outcome == SidecarOutcome.Ok)
            {
                var now = new UploadProgress(at.Bytes + chunk.Length, at.Total);
                if (now.Bytes < now.Total) await host.Store.ReceivedAsync(job.Id, now.ToString(), 0);
                else await FinishAsync(job, now);
                return null;
            }

            if (reply.Outcome == SidecarOutcome.Refused)
            {
                await host.Store.EndAsync(job.Id, 0, StepState.Failed, StepEnd.Of(reply), 0);
                host.Wake(job.Account);
                refused(reply);
                return AdminProblems.Lost;
            }

            long waitMs = reply.RetryAfterMs > 0 ? reply.RetryAfterMs : Math.Max(Limits.AdminRetryMs, RetrySchedule.DelayMs(attempt, 0, Random.Shared));
            await host.Store.ReceivedAsync(job.Id, at.ToString(), time.GetUtcNow().ToUnixTimeMilliseconds() + waitMs);
            if (time.GetElapsedTime(since).TotalMilliseconds + waitMs > Limits.AdminUploadStallMs)
            {
                return new Problem(StatusCodes.Status503ServiceUnavailable, "Telegram takes no bytes now", $"{at.Bytes} bytes are stored; go on there later")
                {
                    RetryAfterS = (int)Math.Min(int.MaxValue, (waitMs / 1000) + 1),
                };
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(waitMs, Limits.AdminUploadStallMs)), time, end);
        }
    }

    private async Task FinishAsync(AdminJob job, UploadProgress whole)
    {
        var end = new StepEnd(StepVerdict.Done, $"{{\"bytes\":{whole.Total}}}") { Memo = whole.ToString() };
        await host.Store.EndAsync(job.Id, 0, StepState.Done, end, 0);
        host.Wake(job.Account);
    }
}

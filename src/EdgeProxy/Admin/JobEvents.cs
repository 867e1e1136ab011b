using System.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// A job as server-sent events (WHATWG HTML, 9.2): one event "job" with the whole job now and at every change, until it has ended. A watcher that comes
/// again simply begins with what is.
/// </summary>
internal sealed class JobEvents(AdminHost host, TimeProvider time)
{
    private int _watchers;

    public async Task<Problem?> SendAsync(HttpContext context, AdminJob job)
    {
        if (Interlocked.Increment(ref _watchers) > Limits.AdminEventsMax)
        {
            Interlocked.Decrement(ref _watchers);
            return AdminProblems.Busy("Too many jobs are watched");
        }

        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.Stopping);
            await SendAsync(context, job, end.Token);
        }
        catch (OperationCanceledException) when (host.Stopping.IsCancellationRequested)
        {
            // The stream ends; the watcher comes again.
        }
        finally
        {
            Interlocked.Decrement(ref _watchers);
        }

        return null;
    }

    private async Task SendAsync(HttpContext context, AdminJob job, CancellationToken end)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        // nginx would hold the stream back.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        string sent = "";
        long silentSince = time.GetTimestamp();
        while (true)
        {
            string now = AdminJson.Text(json => AdminJson.WriteJob(json, job));
            bool pulse = time.GetElapsedTime(silentSince).TotalMilliseconds >= Limits.AdminEventPulseMs;
            if (now != sent || pulse)
            {
                string text = now != sent ? $"event: job\ndata: {now}\n\n" : ": still there\n\n";
                await context.Response.WriteAsync(text, Encoding.UTF8, end);
                await context.Response.Body.FlushAsync(end);
                (sent, silentSince) = (now, time.GetTimestamp());
            }

            if (!job.IsOpen) return;
            await Task.Delay(TimeSpan.FromMilliseconds(Limits.AdminEventPollMs), time, end);
            if (await host.Store.FindAsync(job.Id) is not { } later) return;
            job = later;
        }
    }
}

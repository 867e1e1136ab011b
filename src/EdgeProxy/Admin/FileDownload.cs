using System.Globalization;
using System.Net.Http.Headers;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Hands a message's file on as it comes. When it breaks off at Telegram or in the process, it is taken up again by Range where it stopped, as long as
/// it is the same file (ETag); the caller sees one answer.
/// </summary>
internal sealed class FileDownload(AdminHost host, TimeProvider time)
{
    private const int BufferBytes = 128 * 1024;

    public async Task<Problem?> SendAsync(HttpContext context, string path)
    {
        CancellationToken end = context.RequestAborted;
        string? range = context.Request.Headers.Range is [{ Length: > 0 } given] ? given : null;
        HttpMethod method = HttpMethods.IsHead(context.Request.Method) ? HttpMethod.Head : HttpMethod.Get;
        (HttpResponseMessage? response, SidecarReply? reply) = await host.Client.OpenAsync(method, path, range, end);
        if (response is null) return await AdminBody.RelayAsync(context, reply!);
        string etag = TagOf(response);
        (long from, long? to) = SpanOf(response);
        using (response)
        {
            CopyHeaders(context, response, etag);
            if (method == HttpMethod.Head) return null;
            from += await CopyAsync(context, response, end);
        }

        // Only with a known end can be told whether it is reached.
        for (int failures = 0; to is { } last && from <= last; failures++)
        {
            if (failures == Limits.AdminDownloadTries)
            {
                context.Abort();
                return null;
            }

            long waitMs = Math.Max(Limits.AdminRetryMs, reply?.RetryAfterMs ?? 0);
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(waitMs, Limits.AdminExportWaitMs)), time, end);
            string rest = string.Create(CultureInfo.InvariantCulture, $"bytes={from}-{last}");
            (response, reply) = await host.Client.OpenAsync(HttpMethod.Get, path, rest, end);
            using (response)
            {
                if (response is null) continue;
                if (TagOf(response) != etag || SpanOf(response).From != from)
                {
                    context.Abort();
                    return null;
                }

                long came = await CopyAsync(context, response, end);
                if (came > 0) failures = -1;
                from += came;
            }
        }

        return null;
    }

    /// <summary>Copies until the end or the break; how many bytes came.</summary>
    private static async Task<long> CopyAsync(HttpContext context, HttpResponseMessage response, CancellationToken end)
    {
        byte[] buffer = new byte[BufferBytes];
        long copied = 0;
        await using Stream body = await response.Content.ReadAsStreamAsync(end);
        while (true)
        {
            int read;
            try
            {
                read = await body.ReadAsync(buffer, end);
            }
            catch (Exception error) when (error is IOException or HttpRequestException)
            {
                return copied;
            }

            if (read == 0) return copied;
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), end);
            copied += read;
        }
    }

    private static void CopyHeaders(HttpContext context, HttpResponseMessage from, string etag)
    {
        context.Response.StatusCode = (int)from.StatusCode;
        context.Response.ContentLength = from.Content.Headers.ContentLength;
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.AcceptRanges = "bytes";
        if (etag.Length > 0) context.Response.Headers.ETag = etag;
        foreach (string name in (string[])["Content-Range", "Content-Disposition"])
        {
            if (from.Content.Headers.NonValidated.TryGetValues(name, out HeaderStringValues values)) context.Response.Headers[name] = values.ToString();
        }
    }

    private static string TagOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("ETag", out HeaderStringValues values) ? values.ToString() : "";

    /// <summary>First and last byte of the answer; the last is null when nobody says it.</summary>
    private static (long From, long? To) SpanOf(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentRange is { From: { } from, To: { } to }) return (from, to);
        return (0, response.Content.Headers.ContentLength - 1);
    }
}

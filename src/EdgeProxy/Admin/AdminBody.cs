using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>Reads request bodies and writes answers of the admin API.</summary>
internal static class AdminBody
{
    /// <summary>The whole body, or a problem when it is over the bound.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<(byte[] Bytes, Problem? Problem)> ReadAsync(HttpContext context, int bytesMax) =>
        await BoundedBody.ReadAsync(context, bytesMax) is { } bytes ? (bytes, null) : ([], AdminProblems.TooLarge(bytesMax));

    public static async Task AnswerAsync(HttpContext context, int status, ReadOnlyMemory<byte> json, string type = "application/json; charset=utf-8")
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = json.Length;
        // Sessions and invitations pass here.
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.BodyWriter.WriteAsync(json, context.RequestAborted);
    }

    /// <summary>
    /// Passes an answer of the MTProto process on: its result as it is, its problem details as they are, for they are ours in form and hold no secret.
    /// </summary>
    public static async Task<Problem?> RelayAsync(HttpContext context, SidecarReply reply)
    {
        if (reply.Status == StatusCodes.Status401Unauthorized) return AdminProblems.BadGateway;
        if (reply.Body.IsEmpty && reply.Outcome != SidecarOutcome.Ok)
        {
            return reply.Outcome == SidecarOutcome.NotSent ? AdminProblems.Unreachable : AdminProblems.Lost;
        }

        if (reply.Outcome == SidecarOutcome.Ok)
        {
            // 204 too is answered with an object, so that whoever reads JSON may always read it.
            int status = reply.Status == StatusCodes.Status204NoContent ? StatusCodes.Status200OK : reply.Status;
            await AnswerAsync(context, status, reply.Body.IsEmpty ? "{}"u8.ToArray() : reply.Body);
            return null;
        }

        long seconds = (reply.RetryAfterMs + 999) / 1000;
        if (seconds > 0) context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await AnswerAsync(context, reply.Status, reply.Body, Problem.ContentType);
        return null;
    }
}

using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Primitives;

/// <summary>Reads a request's body whole, within its reader's bound instead of Kestrel's, which is the webhooks'.</summary>
internal static class BoundedBody
{
    /// <summary>
    /// Lifts Kestrel's own bound; whoever reads then counts. Also before a refusal: over its bound Kestrel resets the connection under the answer, and
    /// the caller never reads why; within it, it takes the rest of the body in for some seconds.
    /// </summary>
    public static void Unbound(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
    }

    /// <summary>Null when it has more than <paramref name="bytesMax"/> bytes; then it is not read to its end.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async Task<byte[]?> ReadAsync(HttpContext context, int bytesMax)
    {
        Unbound(context);
        if (context.Request.ContentLength > bytesMax) return null;
        PipeReader reader = context.Request.BodyReader;
        ReadResult read = await reader.ReadAsync(context.RequestAborted);
        while (!read.IsCompleted && read.Buffer.Length <= bytesMax)
        {
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            read = await reader.ReadAsync(context.RequestAborted);
        }

        byte[]? bytes = read.Buffer.Length <= bytesMax ? read.Buffer.ToArray() : null;
        reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// Reads parameters from the query string and from a JSON, urlencoded or multipart body. Files are hashed while they stream by;
/// only small ones are kept.
/// </summary>
internal sealed class ApiCallReader(int uploadKeptBytesMax)
{
    private const int JsonBytesMax = 16 << 20;
    private const int FieldBytesMax = 1 << 20;

    /// <summary>The cloud API takes 50 MB [TELEGRAM-FACTS, Files]; a local server takes 2000 MB, which is the bound here.</summary>
    private const long UploadBytesMax = 2_000L << 20;

    /// <summary>Null result means that the call was read; otherwise it is the error to answer.</summary>
    public async Task<ApiResult?> ReadAsync(HttpRequest request, ApiCall call)
    {
        if (request.QueryString.HasValue)
        {
            foreach (var pair in request.Query)
            {
                call.Values[pair.Key] = pair.Value.ToString();
            }
        }

        if (request.ContentType == "application/json")
        {
            return await ReadJsonAsync(request, call);
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type))
        {
            return null;
        }

        if (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            return await ReadJsonAsync(request, call);
        }

        if (type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var pair in await request.ReadFormAsync(request.HttpContext.RequestAborted))
            {
                call.Values[pair.Key] = pair.Value.ToString();
            }

            return null;
        }

        return type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            ? await ReadMultipartAsync(request, HeaderUtilities.RemoveQuotes(type.Boundary).ToString(), call)
            : null;
    }

    private static async Task<ApiResult?> ReadJsonAsync(HttpRequest request, ApiCall call)
    {
        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > JsonBytesMax)
            {
                reader.AdvanceTo(read.Buffer.End);
                return TooLarge();
            }

            if (read.IsCompleted)
            {
                bool isGood = read.Buffer.IsEmpty || call.TryAddJson(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return isGood ? null : ApiResult.BadRequest("can't parse request JSON object");
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private async Task<ApiResult?> ReadMultipartAsync(HttpRequest request, string boundary, ApiCall call)
    {
        if (boundary.Length is 0 or > 200)
        {
            return ApiResult.BadRequest("boundary in multipart/form-data is not specified");
        }

        CancellationToken ct = request.HttpContext.RequestAborted;
        var reader = new MultipartReader(boundary, request.Body);
        while (await reader.ReadNextSectionAsync(ct) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
            {
                return ApiResult.BadRequest("can't parse multipart/form-data");
            }

            string name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
            if (disposition.IsFileDisposition())
            {
                string fileName = HeaderUtilities.RemoveQuotes(disposition.FileName).ToString();
                if (await ReadFileAsync(section.Body, name, fileName, ct) is not { } file)
                {
                    return TooLarge();
                }

                call.Files.Add(file);
                continue;
            }

            if (await ReadAllAsync(section.Body, FieldBytesMax, ct) is not { } value)
            {
                return TooLarge();
            }

            call.Values[name] = System.Text.Encoding.UTF8.GetString(value);
        }

        return null;
    }

    private async Task<UploadedFile?> ReadFileAsync(Stream stream, string field, string fileName, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var kept = new MemoryStream();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            long total = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer, ct)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                total += read;
                if (total > UploadBytesMax)
                {
                    return null;
                }

                if (total <= uploadKeptBytesMax)
                {
                    kept.Write(buffer, 0, read);
                }
            }

            string sha = Convert.ToHexStringLower(hash.GetHashAndReset());
            return new UploadedFile(field, fileName, total, sha, total <= uploadKeptBytesMax ? kept.ToArray() : null);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<byte[]?> ReadAllAsync(Stream stream, int bytesMax, CancellationToken ct)
    {
        using var all = new MemoryStream();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, ct)) > 0)
            {
                if (all.Length + read > bytesMax)
                {
                    return null;
                }

                all.Write(buffer, 0, read);
            }

            return all.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ApiResult TooLarge() => ApiResult.Fail(413, "Request Entity Too Large");
}

using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Primitives;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Outbox;

/// <summary>
/// One multipart request: its message and its files, which go to disk as they come. The files are removed with it unless they are kept.
/// The message is the part named "message" (JSON), or all parts without a file name together (a form).
/// </summary>
internal sealed class UploadRequest(UploadFolder folder) : IAsyncDisposable
{
    private const string MessagePart = "message";

    private readonly List<StoredUpload> _files = [];
    private readonly List<string> _written = [];
    private bool _keep;
    private bool _onDisk;

    public byte[] Message { get; private set; } = [];
    public IReadOnlyList<StoredUpload> Files => _files;

    /// <summary>A message refers to the files now: its store removes them.</summary>
    public void Keep() => _keep = true;

    /// <summary>Reads the whole body. Null when it is well formed and every file is durable.</summary>
    public async Task<Problem?> ReadAsync(HttpContext context)
    {
        BoundedBody.Unbound(context);
        if (context.Request.ContentLength > Limits.UploadRequestBytesMax) return ApiProblems.TooLarge(Limits.UploadRequestBytesMax);
        if (!folder.HasRoom(context.Request.ContentLength ?? 0)) return DiskFull();
        string? boundary = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
            : null;
        if (boundary is not { Length: > 0 and <= Limits.MultipartBoundaryCharsMax }) return ApiProblems.MediaType("multipart/form-data with a boundary");
        try
        {
            return await ReadPartsAsync(new MultipartReader(boundary, context.Request.Body) { BodyLengthLimit = null }, context.RequestAborted);
        }
        catch (Exception exception) when (_onDisk && exception is IOException or UnauthorizedAccessException)
        {
            return DiskFull();
        }
        catch (Exception exception) when (exception is InvalidDataException || exception.GetType() == typeof(IOException))
        {
            // The reader's own way to say that the last boundary is missing; what Kestrel throws has types of its own.
            return new Problem(StatusCodes.Status400BadRequest, "The body is not valid multipart/form-data", "see RFC 7578; every part ends with the boundary");
        }
    }

    public ValueTask DisposeAsync()
    {
        if (_keep || _written.Count == 0) return ValueTask.CompletedTask;
        return new ValueTask(Task.Run(() => _written.ForEach(name => File.Delete(folder.FullPath(name)))));
    }

    private async Task<Problem?> ReadPartsAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        var fields = new List<(string, string)>();
        bool hasMessage = false;
        long bytesLeft = Limits.UploadRequestBytesMax;
        for (int parts = 0; await reader.ReadNextSectionAsync(cancellationToken) is { } section; parts++)
        {
            if (parts == Limits.UploadPartsMax) return ApiProblems.Field("(parts)", $"are over {Limits.UploadPartsMax}; send fewer files");
            if (section.GetContentDispositionHeader() is not { } disposition || Name(disposition.Name) is not { Length: > 0 } name)
            {
                return ApiProblems.Field("(part)", "has no name; write Content-Disposition: form-data; name=\"…\"");
            }

            // Refused here: it could not be written again as the name that attach:// refers to.
            if (name.Any(letter => letter is '"' or '\\' || char.IsControl(letter)))
            {
                return ApiProblems.Field("(part)", "has a name with a quote, a backslash or a control character; use letters and digits");
            }

            string? fileName = Name(disposition.FileNameStar) is { Length: > 0 } star ? star : Name(disposition.FileName);
            if (name != MessagePart && fileName is { Length: > 0 })
            {
                (long bytes, Problem? problem) = await TakeFileAsync(section, name, fileName, bytesLeft, cancellationToken);
                if (problem is not null) return problem;
                bytesLeft -= bytes;
                continue;
            }

            byte[]? value = await ReadTextAsync(section.Body, cancellationToken);
            if (value is null) return ApiProblems.TooLarge(Limits.CallBytesMax);
            if (name == MessagePart) (Message, hasMessage) = (value, true);
            else if (System.Text.Unicode.Utf8.IsValid(value)) fields.Add((name, Encoding.UTF8.GetString(value)));
            else return ApiProblems.Field(name, "is not UTF-8; send UTF-8");
        }

        if (hasMessage && fields.Count > 0) return ApiProblems.Field(fields[0].Item1, "stands beside the part message; write it into message");
        if (!hasMessage) Message = ApiBody.FieldsToJson(fields);
        _onDisk = true;
        if (_written.Count > 0) await Task.Run(folder.Sync, cancellationToken);
        return null;
    }

    // A file of any size goes through one buffer to disk and is there before this ends.
    private async Task<(long Bytes, Problem? Problem)> TakeFileAsync(
        MultipartSection section, string part, string fileName, long bytesMax, CancellationToken cancellationToken)
    {
        if (_files.Exists(other => other.Part == part)) return (0, ApiProblems.Field(part, "is uploaded twice; part names must differ"));
        string name = UploadFolder.NewName();
        _written.Add(name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Limits.UploadBufferBytes);
        long total = 0;
        try
        {
            _onDisk = true;
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 0 };
            await using FileStream file = await Task.Run(() => new FileStream(folder.FullPath(name), options), cancellationToken);
            while (true)
            {
                _onDisk = false;
                int read = await section.Body.ReadAsync(buffer.AsMemory(0, Limits.UploadBufferBytes), cancellationToken);
                if (read == 0) break;
                _onDisk = true;
                total += read;
                if (total > bytesMax) return (0, ApiProblems.TooLarge(Limits.UploadRequestBytesMax));
                if (total / Limits.UploadRoomCheckBytes != (total - read) / Limits.UploadRoomCheckBytes && !folder.HasRoom(0)) return (0, DiskFull());
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            _onDisk = true;
            await Task.Run(() => file.Flush(flushToDisk: true), cancellationToken);
            _onDisk = false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _files.Add(new StoredUpload(part, fileName, section.ContentType, name, total) { Sha256 = hash.GetHashAndReset() });
        return (total, null);
    }

    private static async Task<byte[]?> ReadTextAsync(Stream body, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Limits.UploadBufferBytes);
        try
        {
            for (int read = await body.ReadAsync(buffer, cancellationToken); read > 0; read = await body.ReadAsync(buffer, cancellationToken))
            {
                if (text.Length + read > Limits.CallBytesMax) return null;
                text.Write(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return text.ToArray();
    }

    private static string? Name(Microsoft.Extensions.Primitives.StringSegment segment) => HeaderUtilities.UnescapeAsQuotedString(segment).Value;

    private static Problem DiskFull() => new(
        StatusCodes.Status503ServiceUnavailable, "Nothing was stored", "the disk takes no uploads now or has no room; free some, or send the file as a URL")
    {
        RetryAfterS = Limits.ApiRetryAfterS,
    };
}

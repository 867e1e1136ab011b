using System.Text.Json.Nodes;
using EdgeProxy.Simulator.Control;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>
/// Files by id and by path. Uploads that were kept come back byte for byte; the file ids in the recorded updates name generated
/// content, so that a bot under test can download what it was sent.
/// </summary>
internal sealed class FileStore(SimStats stats)
{
    private const int FilesMax = 10_000;
    private const long KeptBytesMax = 256L << 20;
    private const long DownloadBytesMax = 20L << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, FakeFile> _byId = [];
    private readonly Dictionary<string, FakeFile> _byPath = [];
    private readonly Queue<FakeFile> _order = new();
    private long _keptBytes;

    /// <summary>Makes a file with generated content, for tests of downloads.</summary>
    public FakeFile AddGenerated(string id, long bytes) => Add(new FakeFile(id, PathOf(id), bytes, null));

    /// <summary>Counts the uploads of an accepted call and keeps those that are small enough.</summary>
    public void Keep(ApiCall call)
    {
        foreach (UploadedFile upload in call.Files)
        {
            stats.Upload(upload.Bytes);
            if (upload.Content is not null)
            {
                string id = IdOf(upload);
                Add(new FakeFile(id, PathOf(id), upload.Bytes, upload.Content));
            }
        }
    }

    public ApiResult GetFile(ApiCall call)
    {
        string id = call.Text("file_id");
        FakeFile? file;
        lock (_gate)
        {
            file = _byId.GetValueOrDefault(id);
        }

        if (file is null && id.Length >= 30 && id[..4] is ("AgAC" or "BQAC"))
        {
            file = AddGenerated(id, 1000 + GeneratedStream.HashOf(id) % 200_000);
        }

        if (file is null)
        {
            return ApiResult.BadRequest(id.Length == 0 ? "file_id not specified" : "wrong file_id or the file is temporarily unavailable");
        }

        return file.Bytes > DownloadBytesMax
            ? ApiResult.BadRequest("file is too big")
            : ApiResult.Ok(new JsonObject
            {
                ["file_id"] = file.Id,
                ["file_unique_id"] = UniqueOf(file.Id),
                ["file_size"] = file.Bytes,
                ["file_path"] = file.Path,
            });
    }

    public FakeFile? FindPath(string path)
    {
        lock (_gate)
        {
            return _byPath.GetValueOrDefault(path);
        }
    }

    /// <summary>The member of a message that describes a file: a list of sizes for a photo, an object otherwise.</summary>
    public JsonNode Describe(string field, UploadedFile? upload, string reference)
    {
        string id = upload is not null ? IdOf(upload)
            : reference.StartsWith("http", StringComparison.Ordinal)
                ? "AgACSimUrl" + GeneratedStream.HashOf(reference).ToString("x8").PadLeft(40, '0')
            : reference;
        var file = new JsonObject { ["file_id"] = id, ["file_unique_id"] = UniqueOf(id) };
        if (upload is not null)
        {
            file["file_size"] = upload.Bytes;
        }

        if (field == "photo")
        {
            file["width"] = 1280;
            file["height"] = 960;
            return new JsonArray(file);
        }

        if (upload is not null)
        {
            file["file_name"] = upload.FileName;
        }

        return file;
    }

    private FakeFile Add(FakeFile file)
    {
        lock (_gate)
        {
            if (_byId.TryGetValue(file.Id, out FakeFile? known))
            {
                return known;
            }

            while (_order.Count >= FilesMax || (_keptBytes > KeptBytesMax && _order.Count > 0))
            {
                FakeFile oldest = _order.Dequeue();
                _byId.Remove(oldest.Id);
                _byPath.Remove(oldest.Path);
                _keptBytes -= oldest.Content?.Length ?? 0;
            }

            _order.Enqueue(file);
            _byId[file.Id] = file;
            _byPath[file.Path] = file;
            _keptBytes += file.Content?.Length ?? 0;
            return file;
        }
    }

    private static string IdOf(UploadedFile upload) => "SimFile_" + upload.Sha256;

    private static string PathOf(string id) => $"documents/file_{GeneratedStream.HashOf(id):x8}_{id.Length}.bin";

    private static string UniqueOf(string id) => "AQAD" + GeneratedStream.HashOf(id).ToString("x8");
}

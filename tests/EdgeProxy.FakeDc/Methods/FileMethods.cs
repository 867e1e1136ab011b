using System.Security.Cryptography;
using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>upload.*: parts of files both ways. Not under the lock but for looking things up. Source: core.telegram.org/api/files.</summary>
internal sealed class FileMethods(DataCentre centre)
{
    private const int Megabyte = 1 << 20;
    private const int OffsetUnit = 4096;
    private const int PreciseUnit = 1024;
    private const int HashedBytes = 128 * 1024;
    private const int HashesAtOnce = 10;

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["upload.saveFilePart"] = call => Save(call, 0);
        methods["upload.saveBigFilePart"] = call => Save(call, call.Request.Int("file_total_parts"));
        methods["upload.getFile"] = Get;
        methods["upload.getFileHashes"] = Hashes;
    }

    private object Save(Call call, int total)
    {
        centre.Files.SavePart(call.User.Id, call.Request.Long("file_id"), call.Request.Int("file_part"), total, call.Request.Bytes("bytes"));
        return true;
    }

    /// <summary>A piece may not reach over a megabyte's edge, and a megabyte must be a multiple of it.</summary>
    private TlObject Get(Call call)
    {
        var media = Locate(call);
        if (media.DcId != call.Key.DcId)
            throw new RpcException(303, "FILE_MIGRATE_" + media.DcId);
        var offset = call.Request.Long("offset");
        var limit = call.Request.Int("limit");
        var precise = call.Request.Bool("precise");
        var unit = precise ? PreciseUnit : OffsetUnit;
        if (offset < 0 || offset % unit != 0)
            throw RpcException.Bad("OFFSET_INVALID");
        if (limit is <= 0 or > Megabyte || limit % unit != 0 || (!precise && Megabyte % limit != 0)
            || offset / Megabyte != (offset + limit - 1) / Megabyte)
            throw RpcException.Bad("LIMIT_INVALID");
        return new TlObject("upload.file")
        {
            ["type"] = new TlObject(media.IsPhoto ? "storage.fileJpeg" : "storage.filePartial"),
            ["mtime"] = media.Date,
            ["bytes"] = media.File.Read(offset, limit),
        };
    }

    private List<object> Hashes(Call call)
    {
        var media = Locate(call);
        var hashes = new List<object>();
        var offset = call.Request.Long("offset") / HashedBytes * HashedBytes;
        for (; offset < media.File.Size && hashes.Count < HashesAtOnce; offset += HashedBytes)
        {
            var bytes = media.File.Read(offset, HashedBytes);
            hashes.Add(new TlObject("fileHash") { ["offset"] = offset, ["limit"] = bytes.Length, ["hash"] = SHA256.HashData(bytes) });
        }

        return hashes;
    }

    private Media Locate(Call call)
    {
        var place = call.Request.Object("location");
        lock (centre.Gate)
        {
            _ = call.User;
            if (place.Name == "inputPeerPhotoFileLocation")
            {
                var photo = Peers.Channel(centre, call, place.Object("peer")).Photo;
                return photo?.Id == place.Long("photo_id") ? photo : throw RpcException.Bad("LOCATION_INVALID");
            }

            return Known(centre, place, place.Name == "inputPhotoFileLocation");
        }
    }

    /// <summary>What inputDocument, inputPhoto and the locations of both name.</summary>
    /// <exception cref="RpcException">FILE_ID_INVALID, FILE_REFERENCE_EXPIRED.</exception>
    public static Media Known(DataCentre centre, TlObject named, bool isPhoto)
    {
        var media = centre.World.FindMedia(named.Long("id"));
        if (media is null || media.AccessHash != named.Long("access_hash") || media.IsPhoto != isPhoto)
            throw RpcException.Bad("FILE_ID_INVALID");
        return named.Bytes("file_reference").AsSpan().SequenceEqual(media.Reference) ? media : throw RpcException.Bad("FILE_REFERENCE_EXPIRED");
    }
}

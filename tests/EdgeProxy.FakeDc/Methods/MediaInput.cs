using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>Turns what a client sends along into what is kept: uploads are completed here, outside of the lock, because they are hashed.</summary>
internal static class MediaInput
{
    public static Media Take(DataCentre centre, Call call, TlObject input) => input.Name switch
    {
        "inputMediaUploadedPhoto" => Photo(centre, call, input.Object("file")),
        "inputMediaUploadedDocument" => Document(centre, call, input),
        "inputMediaPhoto" => Known(centre, input, isPhoto: true),
        "inputMediaDocument" => Known(centre, input, isPhoto: false),
        _ => throw RpcException.Bad("MEDIA_INVALID"),
    };

    /// <exception cref="RpcException">IMAGE_PROCESS_FAILED when it is neither JPEG nor PNG.</exception>
    public static Media Photo(DataCentre centre, Call call, TlObject file)
    {
        var stored = Complete(centre, call, file);
        var isImage = stored.Read(0, 4) is [0xff, 0xd8, ..] or [0x89, 0x50, 0x4e, 0x47];
        if (!isImage)
            throw RpcException.Bad("IMAGE_PROCESS_FAILED");
        lock (centre.Gate)
            return centre.World.AddMedia(stored, isPhoto: true, "image/jpeg", [], centre.MediaDcId);
    }

    private static Media Document(DataCentre centre, Call call, TlObject input)
    {
        var stored = Complete(centre, call, input.Object("file"));
        lock (centre.Gate)
            return centre.World.AddMedia(stored, isPhoto: false, input.Text("mime_type"), [.. input.List("attributes")], centre.MediaDcId);
    }

    public static Media Known(DataCentre centre, TlObject input, bool isPhoto)
    {
        lock (centre.Gate)
            return FileMethods.Known(centre, input.Object("id"), isPhoto);
    }

    private static StoredFile Complete(DataCentre centre, Call call, TlObject file) => file.Name is "inputFile" or "inputFileBig"
        ? centre.Files.Complete(call.User.Id, file.Long("id"), file.Int("parts"), file.Name == "inputFileBig", file.Text("name"))
        : throw RpcException.Bad("MEDIA_INVALID");
}

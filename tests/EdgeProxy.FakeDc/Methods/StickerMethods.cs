using EdgeProxy.FakeDc.Telegram;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>The one sticker set of this data centre: the icons of topics.</summary>
internal sealed class StickerMethods(DataCentre centre)
{
    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["messages.getStickerSet"] = call =>
        {
            _ = call.User;
            var set = call.Request.Object("stickerset");
            return set.Name == "inputStickerSetEmojiDefaultTopicIcons" || set.Long("id") == TopicIcons.SetId || set.Text("short_name") == "Topics"
                ? centre.Icons.ToTl()
                : throw RpcException.Bad("STICKERSET_INVALID");
        };
        methods["messages.getCustomEmojiDocuments"] = call =>
            call.Request.List("document_id").Select(id => centre.Icons.Find((long)id)).OfType<Media>().Select(object (it) => it.ToTl()).ToList();
    }
}

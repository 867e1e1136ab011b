using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>
/// messages.send*: one message per random_id of an account, ever. Steps: 1. find the chat and reserve the number under the lock, 2. complete
/// uploads without it, 3. post under it. A failure gives the number back.
/// </summary>
internal sealed class SendMethods(DataCentre centre)
{
    private const int TextMax = 4096;
    private const int CaptionMax = 1024;

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["messages.sendMessage"] = call => Send(call, TextMax);
        methods["messages.sendMedia"] = call => Send(call, CaptionMax);
        methods["messages.sendMultiMedia"] = SendAlbum;
        methods["messages.uploadMedia"] = call =>
        {
            _ = call.User;
            return MediaInput.Take(centre, call, call.Request.Object("media")).ToMessageMedia();
        };
        methods["channels.editPhoto"] = EditPhoto;
    }

    private object Send(Call call, int textMax)
    {
        var (channel, user) = Reserve(call, [call.Request.Long("random_id")]);
        return KeepOrGiveBack(call, [call.Request.Long("random_id")], () =>
        {
            CheckText(call.Request, textMax);
            var media = call.Request.Maybe("media") is { } input ? MediaInput.Take(centre, call, input) : null;
            lock (centre.Gate)
            {
                var message = Post(call, channel, user, call.Request, media);
                return Answers.NewMessage(call, centre, message);
            }
        });
    }

    private object SendAlbum(Call call)
    {
        var items = call.Request.List("multi_media").Cast<TlObject>().ToList();
        if (items.Count is 0 or > 10)
            throw RpcException.Bad("MULTI_MEDIA_TOO_LONG");
        var numbers = items.Select(item => item.Long("random_id")).ToList();
        var (channel, user) = Reserve(call, numbers);
        return KeepOrGiveBack(call, numbers, () =>
        {
            var media = items.Select(item => MediaInput.Take(centre, call, item.Object("media"))).ToList();
            lock (centre.Gate)
            {
                var messages = items.Select((item, i) => Post(call, channel, user, item, media[i])).ToList();
                return Answers.Updates(call, centre, [.. messages.SelectMany(message => Answers.Announcement(call, message))], channel);
            }
        });
    }

    private static void CheckText(TlObject request, int textMax)
    {
        var text = request.Text("message");
        if (text.Length == 0 && request.Maybe("media") is null)
            throw RpcException.Bad("MESSAGE_EMPTY");
        if (text.Length > textMax)
            throw RpcException.Bad(textMax == TextMax ? "MESSAGE_TOO_LONG" : "MEDIA_CAPTION_TOO_LONG");
    }

    private (Channel? Channel, User? User) Reserve(Call call, List<long> numbers)
    {
        lock (centre.Gate)
        {
            var peer = call.Request.Object("peer");
            var channel = peer.Name == "inputPeerChannel" ? Peers.Channel(centre, call, peer) : null;
            var user = channel is null ? Peers.User(centre, call, peer) : null;
            if (numbers.Contains(0))
                throw RpcException.Bad("RANDOM_ID_EMPTY");
            if (numbers.Exists(call.User.RandomIds.ContainsKey))
                throw new RpcException(500, "RANDOM_ID_DUPLICATE");
            foreach (var number in numbers)
                call.User.RandomIds.Add(number, 0);
            return (channel, user);
        }
    }

    private object KeepOrGiveBack(Call call, List<long> numbers, Func<object> send)
    {
        try
        {
            return send();
        }
        catch
        {
            lock (centre.Gate)
            {
                foreach (var number in numbers)
                    call.User.RandomIds.Remove(number);
            }

            throw;
        }
    }

    private Message Post(Call call, Channel? channel, User? user, TlObject content, Media? media)
    {
        var replyTo = call.Request.Maybe("reply_to");
        var replyToId = replyTo?.Int("reply_to_msg_id") ?? 0;
        var topicId = channel is { IsForum: true } ? TopicOf(channel, replyTo, ref replyToId) : 0;
        var randomId = content.Long("random_id");
        Message Make(int id) => new()
        {
            Id = id,
            Channel = channel,
            PeerUserId = user?.Id ?? 0,
            FromId = call.User.Id,
            Date = centre.Now,
            Text = content.Text("message"),
            Entities = content["entities"] is List<object> entities
                ? entities.Where(entity => ((TlObject)entity).Name != "inputMessageEntityMentionName").ToList()
                : null,
            Media = media,
            TopicId = topicId,
            ReplyToId = replyToId,
            RandomId = randomId,
        };
        var message = channel is null ? Make(call.User.NextMessageId()) : channel.Post(Make);
        if (channel is null)
            call.User.Messages.Add(message);
        call.User.RandomIds[randomId] = message.Id;
        return message;
    }

    /// <summary>The topic that a reply leads to: named itself, by its first message, or by a message in it.</summary>
    private static int TopicOf(Channel channel, TlObject? replyTo, ref int replyToId)
    {
        if (replyTo is null)
            return Topic.General;
        var id = replyTo.Int("top_msg_id");
        if (id == 0 && channel.Topic(replyToId) is not null)
        {
            id = replyToId;
            replyToId = 0;
        }

        if (id == 0)
            id = channel.FindMessage(replyToId)?.TopicId ?? throw RpcException.Bad("REPLY_MESSAGE_ID_INVALID");
        return channel.Topic(Math.Max(id, Topic.General)) is null ? throw RpcException.Bad("TOPIC_DELETED") : id;
    }

    private TlObject EditPhoto(Call call)
    {
        Channel channel;
        lock (centre.Gate)
            channel = ChannelMethods.Mine(centre, call, "change_info");
        var input = call.Request.Object("photo");
        var photo = input.Name switch
        {
            "inputChatPhotoEmpty" => null,
            "inputChatPhoto" => MediaInput.Known(centre, input, isPhoto: true),
            _ => MediaInput.Photo(centre, call, input.Maybe("file") ?? throw RpcException.Bad("PHOTO_FILE_MISSING")),
        };
        lock (centre.Gate)
        {
            channel.Photo = photo;
            if (photo is null)
                return Answers.ChannelChanged(call, centre, channel);
            var action = new TlObject("messageActionChatEditPhoto") { ["photo"] = photo.ToTl() };
            return Answers.NewMessage(call, centre, channel.PostService(call.User, centre.Now, action));
        }
    }
}

using System.Text;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Telegram;

public sealed class EnvelopeTests
{
    [Fact]
    public void A_topic_message_gives_all_its_fields()
    {
        UpdateEnvelope update = Read("""
            {"update_id":7,"message":{"message_id":5,"from":{"id":11,"first_name":"\u0418"},"sender_chat":{"id":-99,"type":"channel"},
            "chat":{"id":-1001234567890,"title":"t","is_forum":true,"type":"supergroup"},"date":1763722740,"message_thread_id":42,
            "reply_to_message":{"message_id":1,"from":{"id":66},"chat":{"id":77,"type":"private"},"date":3,
            "message_thread_id":88,"text":"/no"},
            "text":"/start@my_bot x"}}
            """);
        Assert.Equal(7, update.UpdateId);
        Assert.Equal(UpdateKind.Message, update.Kind);
        Assert.Equal(ChatType.Supergroup, update.ChatType);
        Assert.Equal(-1001234567890, update.ChatId);
        Assert.Equal(42, update.ThreadId);
        Assert.Equal(11, update.SenderId);
        Assert.Equal(1763722740, update.DateUnixS);
        Assert.Equal(5, update.MessageId);
        Assert.Equal(new QueueKey(QueueScope.Chat, UpdateKind.Unknown, -1001234567890), update.Key);
        Assert.Equal(6, update.CommandLength);
    }

    [Fact]
    public void A_callback_takes_its_place_from_the_message_and_its_sender_from_itself()
    {
        UpdateEnvelope update = Read("""
            {"update_id":7,"callback_query":{"id":"4","from":{"id":11},"message":{"message_id":5,"from":{"id":22},
            "chat":{"id":-33,"type":"group"},"date":9,"message_thread_id":44,"text":"/start"},"data":"x"}}
            """);
        Assert.Equal((UpdateKind.CallbackQuery, ChatType.Group, -33L, 44L), (update.Kind, update.ChatType, update.ChatId, update.ThreadId));
        Assert.Equal((11L, 5L, 0L, 0), (update.SenderId, update.MessageId, update.DateUnixS, update.CommandLength));
        Assert.Equal(new QueueKey(QueueScope.User, UpdateKind.CallbackQuery, 11), update.Key);
    }

    [Theory]
    [InlineData("message", "Chat", "Unknown", 5)]
    [InlineData("edited_message", "Chat", "Unknown", 5)]
    [InlineData("channel_post", "Chat", "Unknown", 5)]
    [InlineData("edited_channel_post", "Chat", "Unknown", 5)]
    [InlineData("business_message", "Chat", "Unknown", 5)]
    [InlineData("edited_business_message", "Chat", "Unknown", 5)]
    [InlineData("deleted_business_messages", "Chat", "Unknown", 5)]
    [InlineData("guest_message", "Chat", "Unknown", 5)]
    [InlineData("brand_new_kind", "Chat", "Unknown", 5)]
    [InlineData("callback_query", "User", "CallbackQuery", 6)]
    [InlineData("inline_query", "User", "InlineQuery", 6)]
    [InlineData("chosen_inline_result", "User", "ChosenInlineResult", 6)]
    [InlineData("chat_member", "User", "ChatMember", 6)]
    [InlineData("chat_join_request", "User", "ChatJoinRequest", 6)]
    [InlineData("shipping_query", "User", "ShippingQuery", 6)]
    [InlineData("pre_checkout_query", "User", "PreCheckoutQuery", 6)]
    [InlineData("purchased_paid_media", "User", "PurchasedPaidMedia", 6)]
    [InlineData("poll_answer", "User", "PollAnswer", 6)]
    [InlineData("poll", "Poll", "Unknown", 123)]
    [InlineData("my_chat_member", "Chat", "MyChatMember", 5)]
    [InlineData("message_reaction", "Chat", "MessageReaction", 5)]
    [InlineData("message_reaction_count", "Chat", "MessageReactionCount", 5)]
    [InlineData("chat_boost", "Chat", "ChatBoost", 5)]
    [InlineData("removed_chat_boost", "Chat", "RemovedChatBoost", 5)]
    [InlineData("business_connection", "User", "BusinessConnection", 6)]
    [InlineData("managed_bot", "User", "ManagedBot", 6)]
    [InlineData("subscription", "User", "Subscription", 6)]
    [InlineData("stopped_message_generation", "User", "StoppedMessageGeneration", 6)]
    public void Each_kind_has_its_queue(string kind, string scope, string keyKind, long id)
    {
        string sender = kind is "poll_answer" or "business_connection" or "managed_bot" ? "user" : "from";
        UpdateEnvelope update = Read(
            $$$"""{"update_id":1,"{{{kind}}}":{"id":"123","chat":{"id":5,"type":"private"},"{{{sender}}}":{"id":6} } }""");
        Assert.Equal(new QueueKey(Enum.Parse<QueueScope>(scope), Enum.Parse<UpdateKind>(keyKind), id), update.Key);

        // Without any id the update stands alone.
        UpdateEnvelope bare = Read($$$"""{"update_id":9,"{{{kind}}}":{}}""");
        Assert.Equal(new QueueKey(QueueScope.Update, bare.Kind, 9), bare.Key);
    }

    [Theory]
    [InlineData("\"/start\"", 6)]
    [InlineData("\"/start x\"", 6)]
    [InlineData("\"/start@bot\"", 6)]
    [InlineData("\"/start\\nx\"", 6)]
    [InlineData("\"/start, x\"", 6)]
    [InlineData("\"/a_1\"", 4)]
    [InlineData("\"/12345678901234567890123456789012\"", 33)]
    [InlineData("\"/123456789012345678901234567890123\"", 0)]
    [InlineData("\"/\"", 0)]
    [InlineData("\"/ start\"", 0)]
    [InlineData("\" /start\"", 0)]
    [InlineData("\"\\/start\"", 0)]
    [InlineData("\"/etc/hosts\"", 0)]
    [InlineData("\"/etc\\/hosts\"", 0)]
    [InlineData("\"/star\\u0442\"", 0)]
    [InlineData("\"/starт\"", 0)]
    [InlineData("\"\"", 0)]
    [InlineData("5", 0)]
    [InlineData("{\"a\":\"/start\"}", 0)]
    public void The_leading_command_is_found(string text, int length)
    {
        foreach (string field in new[] { "text", "caption" })
        {
            foreach (string kind in new[] { "message", "channel_post", "business_message", "guest_message" })
            {
                byte[] body = Encoding.UTF8.GetBytes($$$"""{"update_id":1,"{{{kind}}}":{"{{{field}}}":{{{text}}}}}""");
                Assert.Equal(EnvelopeOutcome.Ok, UpdateEnvelope.TryRead(body, out UpdateEnvelope update));
                Assert.Equal(length, update.CommandLength);
                if (length > 0) Assert.Equal(text.Substring(1, length), Encoding.UTF8.GetString(body, update.CommandOffset, length));
            }
        }
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1e3")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("100000000000000000000000000000000000000000000000001")]
    public void An_update_id_is_an_integer_of_64_bits(string id) =>
        Assert.Equal(EnvelopeOutcome.NoUpdateId, UpdateEnvelope.TryRead(Encoding.UTF8.GetBytes($$"""{"update_id":{{id}}}"""), out _));

    [Theory]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("0", 0)]
    public void The_ends_of_the_range_are_read(string id, long expected) =>
        Assert.Equal(expected, Read($$"""{"update_id":{{id}}}""").UpdateId);

    [Fact]
    public void Ids_that_do_not_fit_are_zero()
    {
        UpdateEnvelope update = Read("""
            {"update_id":1,"message":{"message_id":1.5,"date":"x","chat":{"id":1e5},"from":{"id":99999999999999999999}}}
            """);
        Assert.Equal((0L, 0L, 0L, 0L), (update.MessageId, update.DateUnixS, update.ChatId, update.SenderId));
        Assert.Equal(new QueueKey(QueueScope.Update, UpdateKind.Message, 1), update.Key);
    }

    [Fact]
    public void Doubled_keys_the_last_wins_but_the_first_known_kind_counts()
    {
        Assert.Equal(2, Read("""{"update_id":1,"update_id":2}""").UpdateId);
        Assert.Equal(EnvelopeOutcome.NoUpdateId, UpdateEnvelope.TryRead("""{"update_id":1,"update_id":"2"}"""u8, out _));
        UpdateEnvelope twice = Read("""{"update_id":1,"message":{"chat":{"id":1},"date":5},"message":{"chat":{"id":2}}}""");
        Assert.Equal((2L, 0L), (twice.ChatId, twice.DateUnixS));
        UpdateEnvelope two = Read("""{"update_id":1,"brand_new":{"chat":{"id":9}},"poll":{"id":"5"},"message":{"chat":{"id":1}}}""");
        Assert.Equal((UpdateKind.Poll, 0L), (two.Kind, two.ChatId));
    }

    [Fact]
    public void Unknown_kinds_and_no_kind_at_all_are_accepted()
    {
        Assert.Equal(new QueueKey(QueueScope.Update, UpdateKind.Unknown, 3),
            Read("""{"update_id":3,"new":{"deep":{"chat":{"id":4}}}}""").Key);
        Assert.Equal(new QueueKey(QueueScope.Update, UpdateKind.Unknown, 3), Read("""{"update_id":3,"message":null}""").Key);
        Assert.Equal(ChatType.Sender, Read("""{"update_id":3,"inline_query":{"from":{"id":4},"chat_type":"sender"}}""").ChatType);
    }

    [Fact]
    public void Poll_ids_that_are_no_numbers_still_make_a_stable_key()
    {
        QueueKey a = Read("""{"update_id":1,"poll":{"id":"abc"}}""").Key;
        QueueKey b = Read("""{"update_id":2,"poll":{"id":"abc"}}""").Key;
        Assert.Equal(a, b);
        Assert.NotEqual(a, Read("""{"update_id":2,"poll":{"id":"abd"}}""").Key);
        Assert.Equal(unchecked((long)0xE71FA2190541574B), a.Id); // FNV-1a 64 of "abc", from its published test vectors
    }

    [Fact]
    public void A_byte_order_mark_and_bad_utf8_are_refused()
    {
        Assert.Equal(EnvelopeOutcome.InvalidJson, UpdateEnvelope.TryRead([0xEF, 0xBB, 0xBF, .. """{"update_id":1}"""u8], out _));
        foreach (byte[] bad in new byte[][] { [0xC3], [0xED, 0xA0, 0x80], [0xFF] })
        {
            byte[] body = [.. """{"update_id":1,"a":"x"""u8, .. bad, .. "\"}"u8];
            Assert.Equal(EnvelopeOutcome.InvalidJson, UpdateEnvelope.TryRead(body, out _));
        }
    }

    [Fact]
    public void Every_sample_has_a_kind_and_a_key()
    {
        foreach (string name in Samples.Names())
        {
            byte[] body = Samples.Read(name);
            Assert.Equal(EnvelopeOutcome.Ok, UpdateEnvelope.TryRead(body, out UpdateEnvelope update));
            Assert.NotEqual(UpdateKind.Unknown, update.Kind);
            Assert.Contains(UpdateKinds.Name(update.Kind), name);
            Assert.NotEqual(QueueScope.Update, update.Key.Scope);
            Assert.NotEqual(0, update.ChatId);
            Assert.NotEqual(0, update.SenderId);
            Assert.NotEqual(ChatType.None, update.ChatType);
        }
    }

    private static UpdateEnvelope Read(string json)
    {
        Assert.Equal(EnvelopeOutcome.Ok, UpdateEnvelope.TryRead(Encoding.UTF8.GetBytes(json), out UpdateEnvelope envelope));
        return envelope;
    }
}

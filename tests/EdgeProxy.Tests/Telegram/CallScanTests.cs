using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.Telegram;

public sealed class CallScanTests
{
    [Theory]
    [InlineData("SENDMESSAGE", "sendMessage", MethodKind.Send)]
    [InlineData("sendmediagroup", "sendMediaGroup", MethodKind.Send)]
    [InlineData("copyMessages", "copyMessages", MethodKind.Send)]
    [InlineData("sendRichMessage", "sendRichMessage", MethodKind.Send)]
    [InlineData("editMessageText", "editMessageText", MethodKind.Edit)]
    [InlineData("editEphemeralMessageText", "editEphemeralMessageText", MethodKind.Edit)]
    [InlineData("stoppoll", "stopPoll", MethodKind.Edit)]
    [InlineData("setGameScore", "setGameScore", MethodKind.Edit)]
    [InlineData("editForumTopic", "editForumTopic", MethodKind.Free)]
    [InlineData("editChatInviteLink", "editChatInviteLink", MethodKind.Free)]
    [InlineData("editStory", "editStory", MethodKind.Free)]
    [InlineData("sendChatAction", "sendChatAction", MethodKind.Free)]
    [InlineData("sendMessageDraft", "sendMessageDraft", MethodKind.Free)]
    [InlineData("GETME", "getMe", MethodKind.Free)]
    [InlineData("sendTomorrow", "sendTomorrow", MethodKind.Free)]
    [InlineData("", "", MethodKind.Free)]
    internal void A_method_has_its_cost(string name, string spelled, MethodKind kind)
    {
        ApiMethod method = ApiMethod.Of(name);
        Assert.Equal((spelled, kind), (method.Name, method.Kind));
    }

    [Theory]
    [InlineData("""{"chat_id":-100123,"text":"x"}""", -100123L, null)]
    [InlineData("""{"text":"Привіт, \u0416 \"chat_id\":1","chat_id":5}""", 5L, null)]
    [InlineData("""{"chat_id":"5"}""", 5L, null)]
    [InlineData("""{"chat_id":" -5 "}""", -5L, null)]
    [InlineData("""{"chat_id":"@SomeChannel"}""", 0L, "@somechannel")]
    [InlineData("""{"chat_id":"\u0040Name"}""", 0L, "@name")]
    [InlineData("""{"chat\u005fid":"\u0035"}""", 5L, null)]
    [InlineData("""{"chat_id":1,"chat_id":2}""", 1L, null)]
    [InlineData("""{"chat_id":"x","chat_id":2}""", 0L, null)]
    [InlineData("""{"chat_id":null}""", 0L, null)]
    [InlineData("""{"chat_id":1.5}""", 1L, null)]
    [InlineData("""{"chat_id":5.0}""", 5L, null)]
    [InlineData("""{"chat_id":"-100abc"}""", -100L, null)]
    [InlineData("""{"chat_id":"007"}""", 7L, null)]
    [InlineData("""{"chat_id":"18446744073709551621"}""", 5L, null)]
    [InlineData("""{"chat_id":5,"n":01}""", 5L, null)]
    [InlineData("""{"n":01,"chat_id":5}""", 0L, "unreadable:")]
    [InlineData("""{"chat_id":"@"}""", 0L, null)]
    [InlineData("""{"chat_id":"\ud800"}""", 0L, null)]
    [InlineData("""{"chat_id":"+5"}""", 0L, null)]
    [InlineData("""{"chat_id":9223372036854775808}""", long.MinValue, null)]
    [InlineData("""{"reply_parameters":{"chat_id":7},"text":"x"}""", 0L, null)]
    [InlineData("""{"chat_id":5""", 5L, null)]
    [InlineData("""{"chat_id":5}}""", 5L, null)]
    [InlineData("""[{"chat_id":5}]""", 0L, "unreadable:")]
    [InlineData("", 0L, "unreadable:")]
    [InlineData("""{"inline_message_id":"AbC"}""", 0L, null)]
    public void Json_names_its_chat(string json, long id, string? name) =>
        Assert.Equal(new ChatTarget(id, name), CallScan.Json(ApiMethod.Of("sendMessage"), Encoding.UTF8.GetBytes(json)).Chat);

    [Theory]
    [InlineData("""{"inline_message_id":"AbC","text":"x"}""", 0L, "inline:AbC")]
    [InlineData("""{"inline_message_id":"AbC","chat_id":5}""", 5L, null)]
    [InlineData("""{"chat_id":5,"inline_message_id":"AbC"}""", 5L, null)]
    [InlineData("""{"chat_id":"","inline_message_id":"AbC"}""", 0L, "inline:AbC")]
    public void An_edit_may_name_an_inline_message(string json, long id, string? name) =>
        Assert.Equal(new ChatTarget(id, name), CallScan.Json(ApiMethod.Of("editMessageText"), Encoding.UTF8.GetBytes(json)).Chat);

    [Theory]
    [InlineData("sendMediaGroup", """{"chat_id":1,"media":[{"type":"photo","media":"a"},{},[1,2]]}""", 3)]
    [InlineData("sendMediaGroup", """{"media":"[{\"a\":[1,2]},{}]","chat_id":1}""", 2)]
    [InlineData("sendMediaGroup", """{"chat_id":1,"media":"[{},"}""", 1)]
    [InlineData("sendMediaGroup", """{"chat_id":1,"media":[]}""", 1)]
    [InlineData("sendMediaGroup", """{"chat_id":1,"media":{"a":[1,2]}}""", 1)]
    [InlineData("copyMessages", """{"chat_id":1,"message_ids":[ 1 , 2,3,4 ]}""", 4)]
    [InlineData("forwardmessages", """{"chat_id":1,"message_ids":"[1,2]","message_ids":[1,2,3]}""", 2)]
    [InlineData("sendMessage", """{"chat_id":1,"media":[1,2,3]}""", 1)]
    [InlineData("sendPaidMedia", """{"chat_id":1,"media":[1,2,3]}""", 1)]
    public void A_call_weighs_its_messages(string method, string json, int weight) =>
        Assert.Equal(weight, CallScan.Json(ApiMethod.Of(method), Encoding.UTF8.GetBytes(json)).Weight);

    [Fact]
    public void A_weight_is_bounded()
    {
        string json = $$"""{"chat_id":1,"message_ids":[{{string.Join(',', Enumerable.Range(0, 5000))}}]}""";
        Assert.Equal(Limits.CallWeightMax, CallScan.Json(ApiMethod.Of("copyMessages"), Encoding.UTF8.GetBytes(json)).Weight);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"True\"", true)]
    [InlineData("1", true)]
    [InlineData("\"1\"", true)]
    [InlineData("\"yes\"", true)]
    [InlineData("false", false)]
    [InlineData("\"\"", false)]
    [InlineData("null", false)]
    [InlineData("2", false)]
    public void The_paid_tier_is_asked_for(string value, bool paid) =>
        Assert.Equal(paid, CallScan.Json(ApiMethod.Of("sendMessage"), Encoding.UTF8.GetBytes($$"""{"allow_paid_broadcast":{{value}}}""")).Paid);

    [Theory]
    [InlineData("sendMessage", "text=a%26b&chat_id=-100", -100L, null, 1, false)]
    [InlineData("sendMessage", "chat%5Fid=%40Name&allow_paid_broadcast=1", 0L, "@name", 1, true)]
    [InlineData("sendMessage", "&&chat_id=1&chat_id=2&x", 1L, null, 1, false)]
    [InlineData("sendMediaGroup", "chat_id=1&media=%5B%7B%7D%2C+%7B%7D%5D", 1L, null, 2, false)]
    [InlineData("copyMessages", "message_ids=[1,2,3]&chat_id=7", 7L, null, 3, false)]
    [InlineData("editMessageText", "inline_message_id=a%2Bb", 0L, "inline:a+b", 1, false)]
    [InlineData("sendMessage", "", 0L, null, 1, false)]
    [InlineData("sendMessage", "chat_id=%zz", 0L, null, 1, false)]
    public void A_form_is_read(string method, string form, long id, string? name, int weight, bool paid)
    {
        OutgoingCall call = CallScan.Form(ApiMethod.Of(method), Encoding.UTF8.GetBytes(form));
        Assert.Equal((new ChatTarget(id, name), weight, paid), (call.Chat, call.Weight, call.Paid));
    }

    [Theory]
    [InlineData(CallEncoding.Json, """{"text":"Ж","chat_id":-5 , "x":"-5"}""", """{"text":"Ж","chat_id":-1001 , "x":"-5"}""")]
    [InlineData(CallEncoding.Json, """{"chat\u005fid":"-5","chat_id":-5}""", """{"chat\u005fid":"-1001","chat_id":-5}""")]
    [InlineData(CallEncoding.Json, """{"reply_parameters":{"chat_id":-5}}""", null)]
    [InlineData(CallEncoding.Json, """{"chat_id":-5""", null)]
    [InlineData(CallEncoding.Form, "a=b&chat%5fid=-5&c=-5&chat_id=1", "a=b&chat%5fid=-1001&c=-5&chat_id=1")]
    [InlineData(CallEncoding.Form, "a=chat_id", null)]
    [InlineData(CallEncoding.Multipart, "chat_id=-5", null)]
    [InlineData(CallEncoding.None, "", null)]
    internal void Only_the_chat_id_is_replaced(CallEncoding encoding, string body, string? patched)
    {
        CallBody? other = new BufferedBody(encoding, Encoding.UTF8.GetBytes(body), null).WithChatId(-1001);
        Assert.Equal(patched, other is BufferedBody buffered ? Encoding.UTF8.GetString(buffered.Bytes.Span) : null);
    }

    [Theory]
    [InlineData("sendMessage", "chat_id", "5", true)]
    [InlineData("sendMessage", "text", "5", false)]
    [InlineData("sendMediaGroup", "chat_id", "5", false)]
    [InlineData("getMe", "x", "y", true)]
    public void A_stream_is_read_until_the_lane_is_known(string name, string field, string value, bool complete)
    {
        ApiMethod method = ApiMethod.Of(name);
        CallFields fields = default;
        fields.Take(method, Encoding.UTF8.GetBytes(field), Encoding.UTF8.GetBytes(value));
        Assert.Equal(complete, fields.IsComplete(method));
    }

    [Fact]
    public void An_album_in_parts_is_complete_once_chat_and_media_came()
    {
        ApiMethod method = ApiMethod.Of("sendMediaGroup");
        CallFields fields = default;
        fields.Take(method, "media"u8, "[{},{},{}]"u8);
        Assert.False(fields.IsComplete(method));
        fields.Take(method, "chat_id"u8, "@Abc"u8);
        Assert.True(fields.IsComplete(method));
        Assert.Equal((3, new ChatTarget(0, "@abc")), (fields.Weight, fields.Chat));
    }
}

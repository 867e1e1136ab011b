using System.Text;
using EdgeProxy.BotApi;
using EdgeProxy.Telegram;

namespace EdgeProxy.Tests.BotApi;

public sealed class ClientTokenRightsTests
{
    private static readonly ChatTarget Mine = new(-1001234567890, null);

    [Theory]
    [InlineData("", "sendMessage", true)]
    [InlineData("", "someFutureMethod", true)]
    [InlineData("", "getUpdates", false)]
    [InlineData("", "SETWEBHOOK", false)]
    [InlineData("get*", "getUpdates", false)]
    [InlineData("getUpdates", "GETUPDATES", true)]
    [InlineData("*", "logOut", false)]
    [InlineData("*", "sendMessage", true)]
    [InlineData("send*", "SENDPhoto", true)]
    [InlineData("send*", "editMessageText", false)]
    [InlineData("sendMessage", "SendMessage", true)]
    [InlineData("sendMessage", "sendMessageDraft", false)]
    [InlineData("sendMessage getMe", "getMe", true)]
    public void Methods_are_in_scope_by_name_or_beginning(string list, string method, bool allowed)
    {
        ClientTokenRights rights = ClientTokenRig.Rights(list.Split(' ', StringSplitOptions.RemoveEmptyEntries), []);
        Assert.Equal(allowed, rights.Allows(ApiMethod.Of(method), Mine));
        Assert.Equal(allowed, rights.Allows(ApiMethod.Of(method), default));
    }

    [Theory]
    [InlineData("sendMessage", -1001234567890, null, true)]
    [InlineData("sendMessage", 5, null, true)]
    [InlineData("sendMessage", 0, "@channel", true)]
    [InlineData("sendMessage", 0, "@other", false)]
    [InlineData("sendMessage", 6, null, false)]
    [InlineData("sendMessage", 0, null, false)]
    [InlineData("editMessageText", 0, "inline:abc", false)]
    [InlineData("getMe", 0, null, true)]
    [InlineData("GETFILE", 0, null, true)]
    [InlineData("answerCallbackQuery", 0, null, true)]
    [InlineData("getUserProfilePhotos", 0, null, false)]
    [InlineData("setMyCommands", 0, null, false)]
    // Telegram passes over a parameter that a method does not have: a chat_id in scope must not open these.
    [InlineData("getUserProfilePhotos", 5, null, false)]
    [InlineData("sendGift", 5, null, false)]
    [InlineData("deleteBusinessMessages", 5, null, false)]
    [InlineData("getUpdates", 5, null, false)]
    [InlineData("someFutureMethod", 5, null, false)]
    public void With_a_chat_scope_only_its_chats_are_reached(string method, long id, string? name, bool allowed)
    {
        ClientTokenRights rights = ClientTokenRig.Rights([], ["-1001234567890", "5", "@Channel"]);
        Assert.Equal(allowed, rights.Allows(ApiMethod.Of(method), new ChatTarget(id, name)));
    }

    [Theory]
    [InlineData("""{"chat_id":5,"text":"x"}""", null)]
    [InlineData("""{"chat_id":"5","text":"x"}""", null)]
    [InlineData("""{"chat_id":5,"from_chat_id":"@channel"}""", null)]
    [InlineData("""{"chat_id":5,"from_chat_id":6}""", "from_chat_id")]
    [InlineData("""{"chat_id":5,"\u0066rom_chat_id":6}""", "from_chat_id")]
    [InlineData("""{"chat_id":5,"reply_parameters":{"message_id":1}}""", null)]
    [InlineData("""{"chat_id":5,"reply_parameters":{"message_id":1,"chat_id":5}}""", null)]
    [InlineData("""{"chat_id":5,"reply_parameters":{"message_id":1,"chat_id":6}}""", "reply_parameters")]
    [InlineData("""{"chat_id":5,"reply_parameters":"{\"message_id\":1,\"chat_id\":\"@other\"}"}""", "reply_parameters")]
    [InlineData("""{"chat_id":5,"reply_parameters":{"chat_id":6,"chat_id":5}}""", "not clear")]
    [InlineData("""{"chat_id":6,"chat_id":5}""", "not clear")]
    [InlineData("""{"chat_id":5,"chat_id":5}""", "not clear")]
    [InlineData("""{"chat_id":5e0}""", "not clear")]
    [InlineData("""{"chat_id":5""", "not clear")]
    [InlineData("""[5]""", "not clear")]
    [InlineData("""{"chat_id":5,"\ud800":1}""", "not clear")]
    [InlineData("""{"chat_id":5,"text":"\ud800"}""", null)]
    [InlineData("""{"chat_id":5,"from_chat_id":"\ud800"}""", "not clear")]
    [InlineData("""{"chat_id":5,"reply_parameters":{"\ud800":6}}""", "not clear")]
    [InlineData("""{"chat_id":[6]}""", "not clear")]
    [InlineData("""{"chat_id":0}""", "not clear")]
    [InlineData("""{"chat_id":6}""", "chat 6")]
    [InlineData("""{"chat_id":5,"business_connection_id":"b"}""", "business_connection_id")]
    public void Every_chat_that_a_JSON_call_names_is_checked(string json, string? refusal) =>
        Check(new BufferedBody(CallEncoding.Json, Encoding.UTF8.GetBytes(json), "application/json"), refusal);

    [Theory]
    [InlineData("chat_id=5&text=x", null)]
    [InlineData("text=x&chat%5Fid=%35", null)]
    [InlineData("chat_id=5&from_chat_id=6", "from_chat_id")]
    [InlineData("chat_id=5&from%5fchat%5Fid=6", "from_chat_id")]
    [InlineData("chat_id=5&chat_id=6", "not clear")]
    [InlineData("chat_id=5&reply_parameters=%7B%22chat_id%22%3A6%7D", "reply_parameters")]
    [InlineData("chat_id=5&reply_parameters=nonsense", "not clear")]
    [InlineData("chat_id=everyone", "not clear")]
    [InlineData("chat_id&chat_id=5", "not clear")]
    [InlineData("chat_id=5&&text=%", null)]
    public void Every_chat_that_a_form_names_is_checked(string form, string? refusal) =>
        Check(new BufferedBody(CallEncoding.Form, Encoding.UTF8.GetBytes(form), "application/x-www-form-urlencoded"), refusal);

    [Fact]
    public void Fields_of_multipart_are_taken_one_by_one()
    {
        ClientTokenFields fields = default;
        fields.Take("chat_id"u8, "5"u8);
        fields.Take("caption"u8, "chat_id=6"u8);
        Assert.Null(Rights().Refusal(Call(new BufferedBody(CallEncoding.Multipart, default, null)), fields));
        fields.Take("from_chat_id"u8, "6"u8);
        Assert.Contains("from_chat_id", Rights().Refusal(Call(new BufferedBody(CallEncoding.Multipart, default, null)), fields), StringComparison.Ordinal);
        Assert.True(ClientTokenFields.Of(new BufferedBody(CallEncoding.Multipart, default, null)).IsUnclear);
    }

    [Fact]
    public void A_token_without_a_chat_scope_is_not_asked_about_fields()
    {
        var body = new BufferedBody(CallEncoding.Json, "{\"chat_id\":1,\"chat_id\":2}"u8.ToArray(), null);
        OutgoingCall call = Call(body) with { Chat = new ChatTarget(77, null) };
        Assert.Null(ClientTokenRig.Rights(["sendMessage"], []).Refusal(call, ClientTokenFields.Of(call.Body)));
    }

    [Theory]
    [InlineData("send*Message", "", "methods")]
    [InlineData("send**", "", "methods")]
    [InlineData("sendMessage/../getMe", "", "methods")]
    [InlineData("", "0", "chats")]
    [InlineData("", "abc", "chats")]
    [InlineData("", "@", "chats")]
    [InlineData("", "@a-b", "chats")]
    [InlineData("", "9999999999999999", "chats")]
    public void A_scope_that_cannot_be_meant_is_refused(string method, string chat, string field)
    {
        ClientTokenRights? rights = ClientTokenRights.TryCreate(method.Length > 0 ? [method] : [], chat.Length > 0 ? [chat] : [], out var error);
        Assert.Null(rights);
        Assert.Equal(field, error.Field);
    }

    private static ClientTokenRights Rights() => ClientTokenRig.Rights(["sendMessage"], ["5", "@channel"]);

    private static OutgoingCall Call(CallBody body) => new() { Method = ApiMethod.Of("sendMessage"), Body = body, Chat = new ChatTarget(5, null) };

    private static void Check(CallBody body, string? refusal)
    {
        string? told = Rights().Refusal(Call(body), ClientTokenFields.Of(body));
        if (refusal is null) Assert.Null(told);
        else Assert.Contains(refusal, told, StringComparison.Ordinal);
    }
}

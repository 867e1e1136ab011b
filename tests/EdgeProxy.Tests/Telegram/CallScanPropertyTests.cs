using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeProxy.Telegram;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Tests.Telegram;

/// <summary>The readers of calls against the framework's parsers. FsCheck prints the seed of a failing run; the message holds the body.</summary>
public sealed class CallScanPropertyTests
{
    private static readonly string[] Names =
    [
        "chat_id", "chat\\u005fid", "media", "message_ids", "allow_paid_broadcast", "inline_message_id", "text", "caption", "reply_parameters", "\\ud800",
    ];

    private static readonly string[] Values =
    [
        "1", "-1001234567890", "\"77\"", "\"@Name\"", "\"\\u0040Na\\u006de\"", "\"\"", "null", "true", "false", "\"true\"", "\"yes\"", "1e3",
        "9223372036854775808", "[]", "[1,2,3]", "[{\"chat_id\":9},[1]]", "\"[1,2]\"", "\"[{\\\"a\\\":\\\"Ж\\\"},{}]\"", "\"[1,\"",
        "{\"chat_id\":3}", "\"\\ud800\"", "\"Привіт \\\"chat_id\\\":4\"", "\"\\u041f\\u0440\\u0438\\u0432\\u0456\\u0442 \\ud83d\\ude00\"",
    ];

    private static readonly string[] Methods = ["sendMessage", "sendMediaGroup", "copyMessages", "editMessageText", "getChat"];

    [Fact]
    public void A_json_call_is_read_as_the_framework_reads_it() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(JsonText.Seeds, seed =>
        {
            Random random = new(seed);
            ApiMethod method = ApiMethod.Of(Methods[random.Next(Methods.Length)]);
            string json = Json(random);
            OutgoingCall call = CallScan.Json(method, Encoding.UTF8.GetBytes(json));
            CallFields expected = default;
            using JsonDocument document = JsonDocument.Parse(json);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (Text(() => property.Name) is not { } name) continue;
                string? value = property.Value.ValueKind == JsonValueKind.String ? Text(() => property.Value.GetString()) : property.Value.GetRawText();
                expected.Take(method, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value ?? ""));
            }

            Assert.True((expected.Chat, expected.Weight, expected.Paid) == (call.Chat, call.Weight, call.Paid), $"{method.Name} {json}");
            Assert.Equal(ItemsOf(document, method), call.Weight);
            return true;
        }));

    [Fact]
    public void A_damaged_json_call_never_throws_and_has_some_lane() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(JsonText.Seeds, seed =>
        {
            Random random = new(seed);
            byte[] body = JsonText.Damage(Encoding.UTF8.GetBytes(Json(random)), random);
            OutgoingCall call = CallScan.Json(ApiMethod.Of("sendMediaGroup"), body);
            _ = call.Body.WithChatId(5);
            using JsonDocument? document = JsonOracle.Parse(body);
            bool isObject = document?.RootElement.ValueKind == JsonValueKind.Object;
            Assert.True(isObject || !call.Chat.IsNone, Encoding.UTF8.GetString(body));
            return true;
        }));

    [Fact]
    public void A_form_is_read_as_the_framework_reads_it() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(JsonText.Seeds, seed =>
        {
            Random random = new(seed);
            ApiMethod method = ApiMethod.Of(Methods[random.Next(Methods.Length)]);
            string form = Form(random);
            OutgoingCall call = CallScan.Form(method, Encoding.UTF8.GetBytes(form));
            CallFields expected = default;
            foreach ((string name, StringValues values) in QueryHelpers.ParseQuery(form))
            {
                // Names are compared as they are; the framework's dictionary is not case-sensitive, but no two of ours differ by case alone.
                expected.Take(method, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(values[0] ?? ""));
            }

            // The order of different names matters only between chat_id and inline_message_id, where chat_id wins unless it is empty.
            Assert.True((expected.Chat, expected.Weight, expected.Paid) == (call.Chat, call.Weight, call.Paid), $"{method.Name} {form}");
            return true;
        }));

    [Fact]
    public void A_patch_changes_the_chat_and_nothing_else() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(JsonText.Seeds, seed =>
        {
            Random random = new(seed);
            bool isJson = random.Next(2) == 0;
            string text = isJson ? Json(random) : Form(random);
            long target = -1_000_000_000_000 - random.Next();
            byte[] old = Encoding.UTF8.GetBytes(text);
            ApiMethod method = ApiMethod.Of("sendMessage");
            OutgoingCall call = isJson ? CallScan.Json(method, old) : CallScan.Form(method, old);
            if (call.Body.WithChatId(target) is not BufferedBody patched)
            {
                Assert.True(call.Chat.IsNone, text);
                return true;
            }

            byte[] now = patched.Bytes.ToArray();
            OutgoingCall again = isJson ? CallScan.Json(method, now) : CallScan.Form(method, now);
            Assert.Equal(new ChatTarget(target, null), again.Chat);
            byte[] number = Encoding.ASCII.GetBytes(target.ToString(CultureInfo.InvariantCulture));
            int at = now.AsSpan().IndexOf(number);
            Assert.True(old.AsSpan().StartsWith(now.AsSpan(0, at)), text);
            Assert.True(old.AsSpan().EndsWith(now.AsSpan(at + number.Length)), text);
            return true;
        }));

    private static string Json(Random random)
    {
        StringBuilder text = new("{");
        for (int i = 0, count = random.Next(0, 7); i < count; i++)
        {
            if (i > 0) text.Append(',');
            if (random.Next(6) == 0) text.Append(' ');
            text.Append('"').Append(Names[random.Next(Names.Length)]).Append("\":").Append(Values[random.Next(Values.Length)]);
        }

        return text.Append('}').ToString();
    }

    private static string Form(Random random)
    {
        string[] values = ["1", "-100", "@Name", "", "%40na%6De", "a+b", "true", "[1,2]", "%5B1%2C2%5D", "%D0%96", "%", "%4", "%zz", "[{},"];
        string[] names = ["chat_id", "chat%5Fid", "media", "message_ids", "allow_paid_broadcast", "inline_message_id", "text", "t+x", "%D0%96"];
        StringBuilder text = new();
        for (int i = 0, count = random.Next(0, 7); i < count; i++)
        {
            if (i > 0) text.Append('&');
            text.Append(names[random.Next(names.Length)]).Append('=').Append(values[random.Next(values.Length)]);
        }

        return text.ToString();
    }

    // What a lone surrogate makes no .NET string of is no name and no value.
    private static string? Text(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static int ItemsOf(JsonDocument document, ApiMethod method)
    {
        string? field = method.Name switch
        {
            "sendMediaGroup" => "media",
            "copyMessages" => "message_ids",
            _ => null,
        };
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (Text(() => property.Name) != field || field is null) continue;
            string? text = property.Value.ValueKind == JsonValueKind.String ? Text(() => property.Value.GetString()) : property.Value.GetRawText();
            using JsonDocument? items = JsonOracle.Parse(Encoding.UTF8.GetBytes(text ?? ""));
            return items?.RootElement.ValueKind == JsonValueKind.Array ? Math.Max(1, items.RootElement.GetArrayLength()) : 1;
        }

        return 1;
    }
}

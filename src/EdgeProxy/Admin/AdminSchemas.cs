using System.Text.Json;

namespace EdgeProxy.Admin;

/// <summary>The JSON Schemas (2020-12) of what the admin API takes and gives.</summary>
internal static class AdminSchemas
{
    private const string Account =
        """
        "account":{"type":"string","description":"Whose session does it; Mtproto:DefaultAccount when absent."}
        """;

    private const string Photo =
        """
        "photo":{"type":"string","contentEncoding":"base64","description":"JPEG or PNG, at most 2 MiB."}
        """;

    private const string Bots =
        """
        "bots":{"type":"array","maxItems":50,"items":{"type":"object","required":["bot"],"additionalProperties":false,"properties":{
          "bot":{"type":"string","description":"The bot's @username."},
          "rights":{"type":"array","items":{"type":"string"},"description":"The Bot API's rights without can_; the usual ones when absent."},
          "rank":{"type":"string","maxLength":16,"description":"Shown beside its name."}}}}
        """;

    private const string Topic =
        """
        "title":{"type":"string","minLength":1,"maxLength":128},
        "icon_emoji":{"type":"string","description":"One of Telegram's topic icons; GET /v1/admin/topic-icons lists them."},
        "icon_color":{"type":"integer","enum":[7322096,16766590,13338331,9367192,16749490,16478047]}
        """;

    private const string Topics =
        $$$$"""
        "topics":{"type":"array","maxItems":100,"items":{"type":"object","required":["title"],"additionalProperties":false,"properties":{ {{{{Topic}}}} }}}
        """;

    private const string Title =
        """
            "title":{"type":"string","minLength":1,"maxLength":128}
            """;

    private const string Job =
        """
        {"type":"object","required":["id","kind","state","account","steps"],"properties":{
          "id":{"type":"string","description":"16 hexadecimal digits; rises with time."},
          "kind":{"enum":["create_group","set_photo","add_bots","create_topics","edit_topic","delete_topic","send_file"]},
          "state":{"enum":["queued","running","waiting","receiving","done","partial","failed","cancelled"]},
          "account":{"type":"string"},
          "chat_id":{"type":["integer","string","null"],"description":"null until the group is created."},
          "created_at":{"type":"string","format":"date-time"},
          "updated_at":{"type":"string","format":"date-time"},
          "retry_at":{"type":["string","null"],"format":"date-time","description":"Not tried before: Telegram asked for it, or a call failed."},
          "cancel_asked":{"type":"boolean"},
          "progress":{"type":"object","properties":{"bytes":{"type":"integer"},"total":{"type":"integer"}}},
          "steps":{"type":"array","items":{"type":"object","properties":{
            "step":{"type":"integer"},
            "kind":{"enum":["create_group","set_photo","add_bot","create_topic","edit_topic","delete_topic","receive_file","send_file"]},
            "target":{"type":"string","description":"Whom or what it concerns: a title, a bot, a topic, a file's name."},
            "state":{"enum":["waiting","begun","done","failed","skipped","cancelled"]},
            "attempts":{"type":"integer","description":"Failed ones; waits that Telegram asked for are none."},
            "result":{"type":["object","null"]},
            "error":{"type":["object","null"],"description":"What was said against it last: problem details with code and telegram_error."}}}}}}
        """;

    private static readonly (string Name, string Schema)[] All =
    [
        ("AdminJob", Job),
        ("AdminJobPage", Of(
            """
            "jobs":{"type":"array","items":{"$ref":"#/components/schemas/AdminJob"}},"next_cursor":{"type":["string","null"]}
            """)),
        ("AdminNewGroup", Of($$"""
            {{Account}},{{Title}},"about":{"type":"string","maxLength":255},"forum":{"type":"boolean"},{{Photo}},{{Bots}},{{Topics}}
            """, "title")),
        ("AdminGroup", """
            {"type":"object","properties":{"chat_id":{"type":"integer"},"title":{"type":"string"},"forum":{"type":"boolean"},"about":{"type":"string"}}}
            """),
        ("AdminPhoto", Of($"{Account},{Photo}", "photo")),
        ("AdminBots", Of($"{Account},{Bots}", "bots")),
        ("AdminNewTopics", Of($"{Account},{Topic},{Topics}")),
        ("AdminTopicChange", Of($$"""
            {{Account}},{{Title}},"icon_emoji":{"type":["string","null"],"description":"null clears it."},"closed":{"type":"boolean"},
            "hidden":{"type":"boolean"}
            """)),
        ("AdminAccount", """
            {"type":"object","properties":{"name":{"type":"string"},"state":{"enum":["ready","revoked"]},"user_id":{"type":"integer"},
            "username":{"type":["string","null"]},"first_name":{"type":["string","null"]},"dc_id":{"type":"integer"}}}
            """),
        ("AdminAccounts", Of(
            """
            "accounts":{"type":"array","items":{"$ref":"#/components/schemas/AdminAccount"}}
            """)),
        ("AdminImport", Of(
            """
            "name":{"type":"string"},"session":{"type":"string","description":"A Telethon StringSession."}
            """, "name", "session")),
        ("AdminPhone", Of(
            """
            "phone":{"type":"string"}
            """, "phone")),
        ("AdminCode", Of(
            """
            "code":{"type":"string"}
            """, "code")),
        ("AdminPassword", Of(
            """
            "password":{"type":"string"}
            """, "password")),
        ("AdminSession", Of(
            """
            "session":{"type":"string"}
            """)),
        ("AdminLogin", """
            {"type":"object","properties":{"state":{"enum":["code_sent","password_needed","ready"]},"code_via":{"type":"string"},
            "password_hint":{"type":["string","null"]},"account":{"$ref":"#/components/schemas/AdminAccount"}}}
            """),
        ("AdminNewFile", Of($$"""
            {{Account}},"chat_id":{"type":["integer","string"]},"topic_id":{"type":"integer"},"name":{"type":"string","maxLength":255},
            "size":{"type":"integer","minimum":1,"maximum":2097152000},"mime_type":{"type":"string"},"as":{"enum":["document","photo","video","audio"]},
            "caption":{"type":"string","maxLength":4096},"silent":{"type":"boolean"}
            """, "chat_id", "name", "size")),
        ("AdminBytes", """{"type":"string","format":"binary"}"""),
    ];

    public static void Write(Utf8JsonWriter json)
    {
        foreach ((string name, string schema) in All)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(schema);
        }
    }

    private static string Of(string properties, params string[] required)
    {
        string needed = required.Length == 0 ? "" : $"\"required\":[{string.Join(',', required.Select(name => $"\"{name}\""))}],";
        return $"{{\"type\":\"object\",{needed}\"additionalProperties\":false,\"properties\":{{{properties}}}}}";
    }
}

using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Configuration;
using EdgeProxy.Fanout;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Configuration;

public sealed class SettingsReaderTests
{
    private const string Token = "123456:AAsecretsecretsecret";

    [Fact]
    public void Every_setting_round_trips()
    {
        (EdgeSettings? settings, IReadOnlyList<string> errors) = Read("""
            {
              "Listen": "http://127.0.0.1:9001;http://0.0.0.0:9002", "DataDir": "/tmp/edge-data", "JournalBytesMax": 1073741824,
              "ApiRoot": "http://127.0.0.1:8081/", "TelegramSourcesOnly": true, "TrustedProxies": ["10.0.0.0/8"],
              "LogLevel": "warning", "LogFormat": "json",
              "Bots": [{
                "Name": "support", "Token": "123456:AAsecretsecretsecret", "WebhookSecret": "s-e_cret", "WebhookUrl": "https://edge.example.org/tg",
                "Mode": "webhook", "SetWebhook": true, "MaxConnections": 77, "ApiRoot": "http://127.0.0.1:8082",
                "Subscriptions": [{
                  "Name": "agents", "Url": "http://127.0.0.1:9000/hook", "Secret": "abc", "Kinds": ["message", "callback_query"],
                  "ChatTypes": ["private"], "Commands": ["/agent", "ask"], "ExceptCommands": ["/stop"],
                  "MaxInFlight": 7, "TimeoutMs": 1234, "StartFrom": "oldest"
                }]
              }]
            }
            """);

        Assert.Empty(errors);
        Assert.Equal(["http://127.0.0.1:9001/", "http://0.0.0.0:9002/"], settings!.Listen.Select(url => url.AbsoluteUri));
        Assert.Equal("/tmp/edge-data", settings.DataDir);
        Assert.Equal(1L << 30, settings.Journal.MaxBytes);
        Assert.Equal((LogLevel.Warning, LogFormat.Json), (settings.LogLevel, settings.LogFormat));
        Bot bot = Assert.Single(settings.Bots);
        Assert.Equal(("support", 123456L, IngestMode.Webhook, 77), (bot.Name, bot.Id, bot.Mode, bot.MaxConnections));
        Assert.Equal("s-e_cret", Encoding.UTF8.GetString(bot.Secret.Span));
        Assert.Equal("https://edge.example.org/tg", bot.WebhookUrl!.AbsoluteUri);
        Assert.Equal("http://127.0.0.1:8082/", bot.ApiRoot.AbsoluteUri);
        Subscription subscription = Assert.Single(settings.Subscriptions);
        Assert.Equal(("support/agents", "abc", 7), (subscription.Id, subscription.Secret, subscription.MaxInFlight));
        Assert.Equal("http://127.0.0.1:9000/hook", subscription.Url.AbsoluteUri);
        Assert.Equal((TimeSpan.FromMilliseconds(1234), true), (subscription.Timeout, subscription.StartFromOldest));
        byte[] body = "/AGENT /stop /other"u8.ToArray();
        var wanted = new UpdateEnvelope { Kind = UpdateKind.Message, ChatType = ChatType.Private, CommandOffset = 0, CommandLength = 6 };
        Assert.True(subscription.Filter.Matches(wanted, body));
        Assert.False(subscription.Filter.Matches(wanted with { CommandOffset = 7, CommandLength = 5 }, body));
        Assert.False(subscription.Filter.Matches(wanted with { CommandOffset = 13, CommandLength = 6 }, body));
        Assert.False(subscription.Filter.Matches(wanted with { ChatType = ChatType.Group }, body));
        Assert.False(subscription.Filter.Matches(wanted with { Kind = UpdateKind.Poll }, body));
    }

    [Fact]
    public void Every_error_is_reported_at_once_with_its_key_and_without_a_secret()
    {
        (EdgeSettings? settings, IReadOnlyList<string> errors) = Read("""
            {
              "Listen": "ftp://x", "Lisen": "typo", "LogLevel": "loud", "JournalBytesMax": 5, "TrustedProxies": ["nowhere"], "ApiRoot": "telegram",
              "Bots": [
                {"Name": "Bad Name", "Token": "not-a-token-secretvalue", "Mode": "carrier-pigeon",
                 "WebhookSecret": "spaces are illegal", "MaxConnections": 101},
                {"Token": "1:AAAA", "SetWebhook": false, "Subscriptions": [{"Url": "nope", "Kinds": ["telepathy"], "ChatTypes": ["huddle"],
                 "Commands": ["/a b"], "MaxInFlight": 0, "TimeoutMs": "soon", "StartFrom": "whenever"}]},
                {"Token": "1:AAAA", "Mode": "webhook"}
              ]
            }
            """);

        Assert.Null(settings);
        string all = string.Join('\n', errors);
        string[] keys =
        [
            "Listen:", "Lisen: is not a setting; did you mean Listen?", "LogLevel:", "JournalBytesMax:", "TrustedProxies:", "ApiRoot:",
            "Bots:0:Name:", "Bots:0:Token:", "Bots:0:Mode:", "Bots:0:WebhookSecret:", "Bots:0:MaxConnections:",
            "Bots:1:Subscriptions:0:Url:", "Bots:1:Subscriptions:0:Kinds:", "Bots:1:Subscriptions:0:ChatTypes:", "Bots:1:Subscriptions:0:Commands:",
            "Bots:1:Subscriptions:0:MaxInFlight:", "Bots:1:Subscriptions:0:TimeoutMs:", "Bots:1:Subscriptions:0:StartFrom:",
            "Bots:2:Token: bot 1 is configured twice", "Bots:2:WebhookUrl:", "Bots:2:WebhookSecret:",
        ];
        Assert.All(keys, key => Assert.Contains(key, all, StringComparison.Ordinal));
        Assert.DoesNotContain("secretvalue", all, StringComparison.Ordinal);
        Assert.DoesNotContain("spaces are illegal", all, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_alone_means_polling_and_a_bare_public_root_gets_the_webhook_path()
    {
        Bot polled = Assert.Single(Read($$"""{"Bots":[{"Token":"{{Token}}"}]}""").Settings!.Bots);
        Assert.Equal((IngestMode.Polling, "123456"), (polled.Mode, polled.Name));

        Bot hooked = Assert.Single(Read($$"""{"Bots":[{"Token":"{{Token}}","WebhookUrl":"https://edge.example.org","WebhookSecret":"s"}]}""").Settings!.Bots);
        Assert.Equal((IngestMode.Webhook, "https://edge.example.org/telegram/webhook/123456"), (hooked.Mode, hooked.WebhookUrl!.AbsoluteUri));
    }

    [Fact]
    public void Secrets_come_from_files_and_a_missing_file_is_named()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, Token + "\n");
            Bot bot = Assert.Single(Read($$"""{"Bots":[{"TokenFile":"{{file}}"}]}""").Settings!.Bots);
            Assert.Equal(Token, bot.Token.Reveal());
            string error = Assert.Single(Read("""{"Bots":[{"TokenFile":"/nowhere/token"}]}""").Errors);
            Assert.StartsWith("Bots:0:TokenFile: cannot read \"/nowhere/token\"", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Without_a_bot_the_error_says_where_a_token_goes()
    {
        string error = Assert.Single(Read("{}").Errors);
        Assert.Contains("TELEGRAM_BOT_TOKEN", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Bots":[{"Token":"123456:AAsecretsecretsecret","Name":"123456:AAsecretsecretsecret"}]}""")]
    [InlineData("""{"ApiRoot":"api.telegram.org/bot123456:AAsecretsecretsecret/","Bots":[{"Token":"123456:AAsecretsecretsecret"}]}""")]
    public void A_token_in_the_wrong_place_is_not_repeated(string json)
    {
        string error = Assert.Single(Read(json).Errors);
        Assert.DoesNotContain("secretsecret", error, StringComparison.Ordinal);
        Assert.Contains("123456:***", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bot_whose_updates_go_elsewhere_has_mode_off()
    {
        Bot bot = Assert.Single(Read($$"""{"Bots":[{"Token":"{{Token}}","Mode":"off"}]}""").Settings!.Bots);
        Assert.Equal((IngestMode.Off, null), (bot.Mode, bot.WebhookUrl));
        IReadOnlyList<string> errors = Read($$"""
            {"Bots":[{"Token":"{{Token}}","Mode":"off","WebhookUrl":"https://x","WebhookSecret":"s","SetWebhook":true,"MaxConnections":5,
              "Subscriptions":[{"Url":"http://127.0.0.1:9"}]}]}
            """).Errors;
        string[] keys = ["WebhookUrl", "WebhookSecret", "SetWebhook", "MaxConnections", "Subscriptions"];
        Assert.Equal(keys.Length, errors.Count);
        Assert.All(keys, key => Assert.Contains(errors, error => error.StartsWith($"Bots:0:{key}: ", StringComparison.Ordinal)));
        Assert.All(errors, error => Assert.Contains("Mode is off", error, StringComparison.Ordinal));
    }

    [Fact]
    public void Bots_without_a_token_are_told_of_the_token_and_of_no_name()
    {
        IReadOnlyList<string> errors = Read("""{"Bots":[{"Mode":"polling"},{"Mode":"polling"},{"Token":"1:AAAA"},{"Token":"1:AAAA"}]}""").Errors;
        Assert.Equal(["Bots:0:Token", "Bots:1:Token", "Bots:3:Token"], errors.Select(error => error[..12]));
        string taken = Assert.Single(Read("""{"Bots":[{"Token":"1:AAAA"},{"Token":"2:AAAA","Name":"1"}]}""").Errors);
        Assert.StartsWith("Bots:1:Name: \"1\" is taken", taken, StringComparison.Ordinal);
        Assert.Single(Read("""{"Bots":[{"Token":"2:AAAA","Name":"1"},{"Token":"1:AAAA"}]}""").Errors);
    }

    [Fact]
    public void Of_a_file_that_cannot_be_read_only_that_is_told()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{");
            var errors = new ConfigErrors();
            Assert.Null(SettingsReader.Read(SettingsSource.Read(file, errors), errors));
            Assert.Contains("is not valid JSON", Assert.Single(errors.Lines), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Listen_must_name_an_address() => Assert.StartsWith(
        "Listen:", Assert.Single(Read($$"""{"Listen":";","Bots":[{"Token":"{{Token}}"}]}""").Errors), StringComparison.Ordinal);

    [Theory]
    [InlineData("[]", "must be an object")]
    [InlineData("null", "must be an object")]
    [InlineData("", "is not valid JSON")]
    [InlineData("{\"a\":", "is not valid JSON")]
    [InlineData("{\"DataDir\":\"a\",\"datadir\":\"b\"}", "duplicate key")]
    [InlineData("\uFEFF{/* c */\"DataDir\":\"a\",}", null)]
    public void A_file_is_read_or_refused_in_one_line(string text, string? refusal)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var errors = new ConfigErrors();
            IConfiguration read = SettingsSource.Read(file, errors);
            if (refusal is null)
            {
                Assert.Empty(errors.Lines);
                Assert.Equal("a", read["DataDir"]);
            }
            else
            {
                Assert.Contains(refusal, Assert.Single(errors.Lines), StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    internal static (EdgeSettings? Settings, IReadOnlyList<string> Errors) Read(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var errors = new ConfigErrors();
        EdgeSettings? settings = SettingsReader.Read(new ConfigurationBuilder().AddJsonStream(stream).Build(), errors);
        return (settings, errors.Lines);
    }
}

using System.Globalization;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Configuration;
using EdgeProxy.Lanes;

namespace EdgeProxy.Tests.Configuration;

/// <summary>Settings of the way out: lanes, keys, the API's listener, call-backs, the outbox.</summary>
public sealed class ApiSettingsTests
{
    private const string Token = "123456:AAsecretsecretsecret";

    [Fact]
    public void Every_setting_of_the_way_out_round_trips()
    {
        (EdgeSettings? settings, IReadOnlyList<string> errors) = Read("""
            {
              "ApiListen": "http://127.0.0.1:9003", "CallbackSecret": "sixteen or more characters", "Outbox": {"RetentionDays": 7},
              "ApiKeys": [
                {"Name": "shop", "Key": "a-key-of-twenty-four-or-more", "Scopes": ["send", "READ"], "Bots": ["support"]},
                {"Name": "ops", "Sha256": "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08", "Scopes": "admin"}
              ],
              "Bots": [{
                "Name": "support", "Token": "123456:AAsecretsecretsecret",
                "Lanes": {
                  "PrivatePerSecond": 0.5, "PrivateBurst": 4, "GroupPerMinute": 19.5, "GroupBurst": 5, "PerSecond": 29.25, "Burst": 14,
                  "PaidPerSecond": 900.5, "PaidStarsPerDay": 1000, "LaneDepth": 301, "MaxWaitMs": 15000
                }
              }]
            }
            """);

        Assert.Empty(errors);
        Assert.Equal("http://127.0.0.1:9003/", Assert.Single(settings!.ApiListen).AbsoluteUri);
        Assert.Equal("sixteen or more characters", Encoding.UTF8.GetString(settings.CallbackSecret.Span));
        Assert.Equal(7, settings.Outbox.RetentionDays);
        Bot bot = Assert.Single(settings.Bots);
        var lanes = new LaneSettings
        {
            PrivatePerSecond = 0.5,
            PrivateBurst = 4,
            GroupPerMinute = 19.5,
            GroupBurst = 5,
            PerSecond = 29.25,
            Burst = 14,
            PaidPerSecond = 900.5,
            PaidStarsPerDay = 1000,
            LaneDepth = 301,
            MaxWaitMs = 15_000,
        };
        Assert.Equal(lanes, settings.LanesOf(bot));
        ApiKey shop = settings.ApiKeys.Find("Bearer a-key-of-twenty-four-or-more")!;
        Assert.Equal(("shop", ApiScope.Send | ApiScope.Read), (shop.Name, shop.Scopes));
        Assert.Equal(["support"], shop.Bots);
        // The hash of "test".
        ApiKey ops = settings.ApiKeys.Find("Bearer test")!;
        Assert.Equal(("ops", ApiScope.Admin, 0), (ops.Name, ops.Scopes, ops.Bots.Count));
    }

    [Fact]
    public void What_was_not_written_has_its_default()
    {
        EdgeSettings settings = Read($$"""{"Bots":[{"Token":"{{Token}}"}]}""").Settings!;
        Assert.Equal(new LaneSettings(), settings.LanesOf(settings.Bots[0]));
        Assert.Empty(settings.ApiListen);
        Assert.True(settings.CallbackSecret.IsEmpty);
        Assert.Equal(30, settings.Outbox.RetentionDays);
        Assert.Null(settings.ApiKeys.Find("Bearer anything-that-is-long-enough"));
    }

    [Fact]
    public void Every_error_of_lanes_keys_and_the_API_is_reported_at_once_without_a_secret()
    {
        IReadOnlyList<string> errors = Read($$"""
            {
              "Listen": "http://0.0.0.0:8080", "ApiListen": "http://127.0.0.1:8080;http://127.0.0.1:0;https://x", "CallbackSecret": "topsecret",
              "Outbox": {"RetentionDays": 0, "Retention": 5},
              "ApiKeys": [
                {"Name": "a", "Key": "short-topsecret", "Scopes": ["send"]},
                {"Name": "a", "Key": "topsecret-topsecret-topsecret", "Scopes": ["all", "2", "send,read"], "Bots": ["nobody"]},
                {"Name": "B", "Key": "topsecret-topsecret-topsecret", "Sha256": "topsecret"},
                {"Name": "c", "Sha256": "topsecret", "Scopes": ["none"]},
                {"Key": "topsecret-topsecret-topsecret", "Scopes": ["read"]},
                {"Name": "d", "Scopes": ["read"], "Secret": "topsecret"},
                {"Name": "e", "Scopes": ["read"], "Key": "topsecret with spaces in between"}
              ],
              "Bots": [{"Token": "{{Token}}", "Lanes": {
                "PrivatePerSecond": "0,5", "PrivateBurst": 0, "GroupPerMinute": "NaN", "GroupBurst": 1.5, "PerSecond": -1, "Burst": "x",
                "PaidPerSecond": 1e9, "PaidStarsPerDay": -1, "LaneDepth": 0, "MaxWaitMs": 600001, "MaxWait": 5
              } }]
            }
            """).Errors;
        string all = string.Join('\n', errors);
        string[] keys =
        [
            "ApiListen: port 8080", "ApiListen: needs a port", "ApiListen: \"https://x\"", "CallbackSecret:", "Outbox:RetentionDays:",
            "Outbox:Retention: is not a setting; did you mean RetentionDays?",
            "ApiKeys:0:Key:", "ApiKeys:1:Name: \"a\" is taken", "ApiKeys:1:Scopes: \"all\"", "ApiKeys:1:Scopes: \"2\"", "ApiKeys:1:Scopes: \"send,read\"",
            "ApiKeys:1:Bots: \"nobody\"", "ApiKeys:2:Name:", "ApiKeys:2:Sha256: is given beside", "ApiKeys:2:Scopes: is missing",
            "ApiKeys:3:Sha256:", "ApiKeys:3:Scopes: \"none\"", "ApiKeys:4:Name: is missing", "ApiKeys:4:Key: is the key of \"a\" too",
            "ApiKeys:5:Key: is missing", "ApiKeys:5:Secret: is not a setting", "ApiKeys:6:Key:",
            "Bots:0:Lanes:PrivatePerSecond: \"0,5\"", "Bots:0:Lanes:PrivateBurst:", "Bots:0:Lanes:GroupPerMinute:", "Bots:0:Lanes:GroupBurst:",
            "Bots:0:Lanes:PerSecond:", "Bots:0:Lanes:Burst:", "Bots:0:Lanes:PaidPerSecond:", "Bots:0:Lanes:PaidStarsPerDay:", "Bots:0:Lanes:LaneDepth:",
            "Bots:0:Lanes:MaxWaitMs:", "Bots:0:Lanes:MaxWait: is not a setting; did you mean MaxWaitMs?",
        ];
        Assert.All(keys, key => Assert.Contains(key, all, StringComparison.Ordinal));
        Assert.Equal(keys.Length, errors.Count);
        Assert.DoesNotContain("topsecret", all, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fraction_is_written_with_a_point_whatever_the_language()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NumberGroupSeparator) = (",", ".");
        CultureInfo.CurrentCulture = comma;
        try
        {
            EdgeSettings settings = Read($$"""{"Bots":[{"Token":"{{Token}}","Lanes":{"PerSecond":2.5} }]}""").Settings!;
            Assert.Equal(2.5, settings.LanesOf(settings.Bots[0]).PerSecond);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_key_file_is_read_and_one_that_cannot_be_is_told_once()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "a-key-of-twenty-four-or-more\n");
            string bots = $$"""
                "Bots":[{"Token":"{{Token}}"}]
                """;
            string keys = $$"""{"ApiKeys":[{"Name":"a","KeyFile":"{{file}}","Scopes":["read"]}],{{bots}}}""";
            Assert.NotNull(Read(keys).Settings!.ApiKeys.Find("bearer a-key-of-twenty-four-or-more"));
            File.Delete(file);
            Assert.StartsWith("ApiKeys:0:KeyFile: cannot read", Assert.Single(Read(keys).Errors), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static (EdgeSettings? Settings, IReadOnlyList<string> Errors) Read(string json) => SettingsReaderTests.Read(json);
}

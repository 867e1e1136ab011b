using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeProxy.BotApi;
using EdgeProxy.Bots;
using EdgeProxy.Configuration;
using EdgeProxy.Fanout;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace EdgeProxy.Tests.Configuration;

/// <summary>What openapi.json says of /v1/bots is what is served.</summary>
public sealed partial class BotsOpenApiTests
{
    private static readonly string[] Methods = ["get", "put", "post", "delete"];

    [Fact]
    public async Task Every_route_is_described_and_everything_described_is_a_route()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();
        var ring = new ApiKeyRing([]);
        var bots = new BotRegistry([]);
        ClientTokensEndpoint.Map(app, new ClientTokensEndpoint(bots, ring, null!, TimeProvider.System));
        SubscriptionsEndpoint.Map(app, new SubscriptionsEndpoint(bots, ring, null!, null!, SubscriptionForm.Read));
        IEnumerable<string> mapped = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {route.RoutePattern.RawText}"));
        JsonElement paths = Described(paths: true);
        IEnumerable<string> described = paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Where(member => Methods.Contains(member.Name)).Select(member => $"{member.Name.ToUpperInvariant()} {path.Name}"));
        Assert.Equal(mapped.Order(), described.Order());
        foreach (JsonProperty path in paths.EnumerateObject())
        {
            Assert.Equal(
                Variable().Matches(path.Name).Select(match => match.Groups[1].Value),
                path.Value.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()!));
        }

        IEnumerable<string> used = Reference().Matches(paths.GetRawText()).Select(match => match.Groups[1].Value).Distinct();
        Assert.Equal(Described(paths: false).EnumerateObject().Select(schema => schema.Name).Append("Problem").Order(), used.Order());
    }

    [Fact]
    public void Each_described_field_is_known_to_the_reader_and_no_other()
    {
        Assert.True(BotToken.TryParse("42:AAAA", out BotToken? token));
        var bot = new Bot { Name = "shop", Token = token!, ApiRoot = new Uri("http://127.0.0.1:1") };
        Assert.Null(SubscriptionForm.Read(bot, "crm", 0, """{"no_such_field":1}""", out Problem? problem));
        Assert.Equal(FieldsOf("PutSubscription"), Known().Match(problem!.Detail!).Groups[1].Value.Split(", ").Order());
        Assert.Null(ClientTokenRequest.Read(Encoding.UTF8.GetBytes("""{"no_such_field":1}"""), TimeProvider.System.GetUtcNow(), out problem));
        Assert.Equal(FieldsOf("NewClientToken"), Known().Match(problem!.Detail!).Groups[1].Value.Split([", ", " and "], StringSplitOptions.None).Order());
    }

    private static IEnumerable<string> FieldsOf(string schema) =>
        Described(paths: false).GetProperty(schema).GetProperty("properties").EnumerateObject().Select(field => field.Name).Order();

    private static JsonElement Described(bool paths)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            BotsOpenApi.Describe(json, paths);
            json.WriteEndObject();
        }

        return JsonSerializer.Deserialize<JsonElement>(stream.ToArray());
    }

    [GeneratedRegex("schemas/(\\w+)")]
    private static partial Regex Reference();

    [GeneratedRegex("{(\\w+)}")]
    private static partial Regex Variable();

    [GeneratedRegex("; (.*) are$")]
    private static partial Regex Known();
}

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeProxy.Outbox;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Routing;

namespace EdgeProxy.Tests.Outbox.Api;

public sealed partial class OpenApiTests
{
    [Fact]
    public async Task Every_route_is_described_and_everything_described_is_a_route()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        JsonElement document = (await rig.GetAsync("/openapi.json", key: "")).Json;
        Assert.Equal("3.1.0", document.GetProperty("openapi").GetString());
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")).Order().ToList();
        var mapped = rig.Routes
            .Where(route => route.Metadata.GetMetadata<HttpMethodMetadata>() is not null)
            .SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {route.RoutePattern.RawText}"))
            .Order();
        Assert.Equal(mapped, described);
        Assert.Equal(rig.Endpoint.Operations.Count, described.Count);
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_every_schema_is_used()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        JsonElement document = (await rig.GetAsync("/openapi.json", key: "")).Json;
        var schemas = document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(schema => schema.Name).ToHashSet();
        var used = Reference().Matches(document.GetRawText()).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Empty(used.Except(schemas));
        Assert.Empty(schemas.Except(used));
        var ids = rig.Endpoint.Operations.Select(operation => operation.Id).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task Each_described_field_is_known_to_the_reader_and_no_other()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        JsonElement schemas = (await rig.GetAsync("/openapi.json", key: "")).Json.GetProperty("components").GetProperty("schemas");
        foreach ((string schema, string path, string unknown) in ((string, string, string)[])
        [
            ("Message", "/v1/messages", "{\"FIELD\":[]}"), ("Resolve", "", ""), ("ReplayFilter", "/v1/messages/replay", "{\"FIELD\":{}}"),
            ("DropFilter", "/v1/messages/drop", "{\"FIELD\":{}}"), ("Broadcast", "/v1/broadcasts", "{\"FIELD\":[],\"chats\":[1]}"),
        ])
        {
            Assert.False(schemas.GetProperty(schema).GetProperty("additionalProperties").GetBoolean());
            if (path.Length == 0) continue;
            Assert.Equal("A field is unknown", (await rig.PostAsync(path, unknown.Replace("FIELD", "no_such_field"))).Text("title"));
            foreach (JsonProperty field in schemas.GetProperty(schema).GetProperty("properties").EnumerateObject())
            {
                if (field.Name == "chats") continue;
                // A value of the wrong type is refused for its type, which shows that the name is known.
                Answer answer = await rig.PostAsync(path, unknown.Replace("FIELD", field.Name));
                Assert.Equal("A field is wrong", answer.Text("title"));
                Assert.Equal(field.Name, answer.Field);
            }

            // The list of known names that the reader tells is the described one.
            string known = (await rig.PostAsync(path, unknown.Replace("FIELD", "no_such_field"))).Detail!.Split("known are ")[1];
            Assert.Equal(
                schemas.GetProperty(schema).GetProperty("properties").EnumerateObject().Select(field => field.Name).Where(name => name != "chats").Order(),
                known.Split(", ").Order());
        }
    }

    [Fact]
    public async Task What_is_shown_is_described()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        await rig.OwnAsync();
        JsonElement schemas = (await rig.GetAsync("/openapi.json", key: "")).Json.GetProperty("components").GetProperty("schemas");
        string id = await rig.PostedAsync(more: ""","idempotency_key":"k","expires_at":"2027-09-01T00:00:00Z","priority":"bulk" """);
        await rig.EndAsync(id, MessageState.Failed, 400, "Bad Request");
        Described(schemas, "MessageState", (await rig.GetAsync("/v1/messages/" + id)).Json);
        Described(schemas, "MessagePage", (await rig.GetAsync("/v1/messages")).Json);
        Described(schemas, "Problem", (await rig.GetAsync("/v1/messages/1")).Json);
        Answer broadcast = await rig.PostAsync("/v1/broadcasts", """{"bot":"demo","text":"x","chats":[1]}""");
        Described(schemas, "BroadcastAccepted", broadcast.Json);
        Described(schemas, "BroadcastState", (await rig.GetAsync("/v1/broadcasts/" + broadcast.Id)).Json);
        Described(schemas, "DeadCallbacks", (await rig.GetAsync("/v1/callbacks/dead")).Json);
    }

    [Fact]
    public async Task The_description_tells_every_status_that_a_call_had()
    {
        await using ApiRig rig = await ApiRig.StartAsync();
        JsonElement paths = (await rig.GetAsync("/openapi.json", key: "")).Json.GetProperty("paths");
        foreach (ApiOperation operation in rig.Endpoint.Operations.Where(operation => operation.Id != "describeApi"))
        {
            JsonElement responses = paths.GetProperty(operation.Path).GetProperty(operation.Method.ToLowerInvariant()).GetProperty("responses");
            foreach (string key in (string[])["", "other", "all", "send"])
            {
                string path = operation.Path.Replace("{id}", "0000000000000001", StringComparison.Ordinal);
                HttpContent? body = operation.Method == "POST" ? new StringContent("{}", System.Text.Encoding.UTF8, "application/json") : null;
                Answer answer = await rig.SendAsync(new HttpMethod(operation.Method), path, body, key);
                string status = ((int)answer.Code).ToString(System.Globalization.CultureInfo.InvariantCulture);
                Assert.True(responses.TryGetProperty(status, out _), $"{operation.Id} answered {status}: {answer.Json}");
                if (key.Length == 0) Assert.Equal(HttpStatusCode.Unauthorized, answer.Code);
            }
        }
    }

    private static void Described(JsonElement schemas, string name, JsonElement shown)
    {
        JsonElement schema = schemas.GetProperty(name);
        foreach (JsonElement required in schema.GetProperty("required").EnumerateArray())
        {
            Assert.True(shown.TryGetProperty(required.GetString()!, out _), $"{name}: {required}");
        }

        foreach (JsonProperty member in shown.EnumerateObject())
        {
            bool known = schema.GetProperty("properties").TryGetProperty(member.Name, out JsonElement property);
            Assert.True(known, $"{name} has {member.Name}, which is not described");
            if (property.TryGetProperty("enum", out JsonElement words))
            {
                Assert.Contains(member.Value.GetString(), words.EnumerateArray().Select(word => word.GetString()));
            }

            if (!property.TryGetProperty("items", out JsonElement items)) continue;
            string inner = items.GetProperty("$ref").GetString()!.Split('/')[^1];
            foreach (JsonElement element in member.Value.EnumerateArray()) Described(schemas, inner, element);
        }
    }

    [GeneratedRegex("#/components/schemas/(\\w+)")]
    private static partial Regex Reference();
}

using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace EdgeProxy.Tests.Outbox.Api;

/// <summary>An answer of the API.</summary>
internal sealed record Answer(HttpStatusCode Code, JsonElement Json, string? MediaType, HttpResponseHeaders Headers)
{
    public string? Field => Text("field");
    public string? Detail => Text("detail");
    public string Id => Text("id") ?? throw new InvalidOperationException($"no id in {Json}");

    public string? Text(string name) => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    /// <summary>A problem as RFC 9457 wants it, about that field.</summary>
    public void IsProblem(HttpStatusCode status, string? field)
    {
        Assert.True(status == Code, $"{Code}: {Json}");
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal((int)status, Json.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(Text("title")));
        Assert.Equal(field, Field);
    }
}

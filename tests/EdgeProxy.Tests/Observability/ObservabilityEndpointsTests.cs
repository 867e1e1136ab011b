using System.Net;
using System.Text.Json;
using EdgeProxy.Observability;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Observability;

public sealed class ObservabilityEndpointsTests
{
    [Theory]
    [InlineData(0, HttpStatusCode.OK, "green")]
    [InlineData(1, HttpStatusCode.OK, "yellow")]
    [InlineData(2, HttpStatusCode.ServiceUnavailable, "red")]
    public async Task The_worst_part_decides(int colour, HttpStatusCode status, string word)
    {
        HealthPart[] parts = [new("journal", HealthColour.Green, null), new("state", (HealthColour)colour, "disk \"full\"")];
        await WithServerAsync(parts, [], async client =>
        {
            using var answer = await client.GetAsync("/healthz");
            Assert.Equal(status, answer.StatusCode);
            Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(word, json.RootElement.GetProperty("status").GetString());
            Assert.NotEqual("", json.RootElement.GetProperty("version").GetString());
            var list = json.RootElement.GetProperty("parts");
            Assert.Equal(2, list.GetArrayLength());
            Assert.Equal("journal", list[0].GetProperty("name").GetString());
            Assert.Equal("green", list[0].GetProperty("status").GetString());
            Assert.Equal(JsonValueKind.Null, list[0].GetProperty("reason").ValueKind);
            Assert.Equal("disk \"full\"", list[1].GetProperty("reason").GetString());
            // Readiness is asked of its own parts: no parts, nothing red.
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);
        });
    }

    [Fact]
    public async Task A_red_part_is_not_ready_and_metrics_are_served()
    {
        await WithServerAsync([], [new("state", HealthColour.Red, "full"), new("bots", HealthColour.Yellow, null)], async client =>
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/readyz")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/healthz")).StatusCode);
            using var answer = await client.GetAsync("/metrics");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(ObservabilityEndpoints.MetricsContentType, answer.Content.Headers.ContentType?.ToString());
            Assert.Contains("\nprocess_resident_memory_bytes ", await answer.Content.ReadAsStringAsync());
        });
    }

    private static async Task WithServerAsync(HealthPart[] health, HealthPart[] readiness, Func<HttpClient, Task> test)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        using var metrics = new MetricsExposition($"test-{Guid.NewGuid()}");
        ObservabilityEndpoints.Map(app, metrics, () => health, () => readiness);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        await test(client);
        await app.StopAsync();
    }
}

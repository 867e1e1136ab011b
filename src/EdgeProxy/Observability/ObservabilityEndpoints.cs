using System.Text.Json;

namespace EdgeProxy.Observability;

/// <summary>
/// GET /healthz (red is 503), /readyz (503 as soon as one part is red), /metrics (Prometheus text). They only read; some of it from the state
/// file, where a list may be in the way: hence the yields, which leave the thread that serves the sockets.
/// </summary>
internal static class ObservabilityEndpoints
{
    public const string MetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void Map(
        IEndpointRouteBuilder app,
        MetricsExposition metrics,
        Func<IReadOnlyList<HealthPart>> health,
        Func<IReadOnlyList<HealthPart>> readiness)
    {
        app.MapGet("/healthz", (RequestDelegate)(context => AnswerAsync(context, health)));
        app.MapGet("/readyz", (RequestDelegate)(context => AnswerAsync(context, readiness)));
        app.MapGet("/metrics", (RequestDelegate)(async context =>
        {
            await Task.Yield();
            context.Response.ContentType = MetricsContentType;
            context.Response.Headers.CacheControl = "no-store";
            metrics.WriteTo(context.Response.BodyWriter);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }));
    }

    private static async Task AnswerAsync(HttpContext context, Func<IReadOnlyList<HealthPart>> read)
    {
        await Task.Yield();
        IReadOnlyList<HealthPart> parts = read();
        context.Response.StatusCode = HealthReport.Overall(parts) == HealthColour.Red
            ? StatusCodes.Status503ServiceUnavailable
            : StatusCodes.Status200OK;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter))
        {
            HealthReport.WriteTo(json, parts);
        }
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}

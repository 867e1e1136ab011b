// What an HTTP request costs in Kestrel by itself: the body is read to its end and answered with 200. Kestrel's own settings, nothing tuned.
// GET /allocated tells the bytes allocated since the start; /slow answers after a second, as a consumer that lags.
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls(args[0]);
WebApplication app = builder.Build();
app.Run(async context =>
{
    if (HttpMethods.IsGet(context.Request.Method))
    {
        await context.Response.WriteAsync(GC.GetTotalAllocatedBytes().ToString(System.Globalization.CultureInfo.InvariantCulture));
        return;
    }

    System.IO.Pipelines.PipeReader reader = context.Request.BodyReader;
    for (bool isDone = false; !isDone;)
    {
        System.IO.Pipelines.ReadResult read = await reader.ReadAsync();
        reader.AdvanceTo(read.Buffer.End);
        isDone = read.IsCompleted;
    }

    if (context.Request.Path.StartsWithSegments("/slow")) await Task.Delay(TimeSpan.FromSeconds(1));
});
app.Run();

using Microsoft.Extensions.Logging.Console;

namespace EdgeProxy.Configuration;

/// <summary>Logs go to standard output, one line an event: text for people, json for machines.</summary>
internal static class LogSetup
{
    public static void Configure(ILoggingBuilder logging, EdgeSettings settings)
    {
        // The host's own error is a start that failed, with a stack trace; Program says the same in one line.
        logging.SetMinimumLevel(settings.LogLevel).AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical)

            // Where the host may log anything, it makes an Activity and a log scope for every request: 700 bytes each. Unhandled exceptions
            // are Kestrel's to log.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (settings.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(Stamp);
        }
        else
        {
            logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.ColorBehavior = LoggerColorBehavior.Disabled;
                Stamp(options);
            });
        }
    }

    private static void Stamp(ConsoleFormatterOptions options)
    {
        options.UseUtcTimestamp = true;
        options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
    }
}

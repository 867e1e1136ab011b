using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>Passes the process's log on: one JSON object a line, {"ts","level","msg",…}. The process puts no secret into it.</summary>
internal sealed partial class SidecarLog(ILogger logger)
{
    /// <summary>Ends with the stream. A line that is too long is passed on up to its bound.</summary>
    public async Task PumpAsync(StreamReader lines)
    {
        char[] buffer = new char[4 * 1024];
        var line = new StringBuilder();
        int read;
        while ((read = await lines.ReadAsync(buffer)) > 0)
        {
            for (int i = 0; i < read; i++)
            {
                if (buffer[i] == '\n') Take(line);
                else if (line.Length < Limits.SidecarLogCharsMax) line.Append(buffer[i]);
            }
        }

        Take(line);
    }

    private void Take(StringBuilder line)
    {
        string text = line.ToString().Trim();
        line.Clear();
        if (text.Length == 0) return;
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            var fields = new StringBuilder();
            (string level, string message) = ("info", "");
            foreach (JsonProperty member in json.RootElement.EnumerateObject())
            {
                if (member.NameEquals("level")) level = member.Value.ToString();
                else if (member.NameEquals("msg")) message = member.Value.ToString();
                else if (!member.NameEquals("ts")) fields.Append(' ').Append(member.Name).Append('=').Append(member.Value.ToString());
            }

            LogLine(logger, LevelOf(level), message, fields.ToString());
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Node's own words, such as a file that is not there, or wrong options.
            LogLine(logger, LogLevel.Warning, text, "");
        }
    }

    private static LogLevel LevelOf(string level) => level switch
    {
        "debug" => LogLevel.Debug,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    [LoggerMessage(Message = "mtproto: {Line}{Fields}")]
    private static partial void LogLine(ILogger logger, LogLevel level, string line, string fields);
}

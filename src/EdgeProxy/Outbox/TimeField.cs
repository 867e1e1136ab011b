using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>Reads and writes points in time: RFC 3339 text, or Unix seconds.</summary>
internal static partial class TimeField
{
    public const string Forms = "write RFC 3339 with an offset (2026-03-01T12:00:00Z) or Unix seconds";

    /// <summary>Reads the value the reader stands on. Null when it is a time; else what is wrong.</summary>
    public static string? Read(ref Utf8JsonReader reader, out long unixMs)
    {
        unixMs = 0;
        if (reader.TokenType == JsonTokenType.Number) return reader.TryGetInt64(out long seconds) ? FromSeconds(seconds, out unixMs) : "is no time; " + Forms;
        if (reader.TokenType == JsonTokenType.String && JsonCopy.Text(ref reader) is { } text) return FromText(text, out unixMs);
        reader.Skip();
        return "is no time; " + Forms;
    }

    public static string? FromText(string text, out long unixMs)
    {
        unixMs = 0;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)) return FromSeconds(seconds, out unixMs);
        bool time = Rfc3339().IsMatch(text)
            & DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset at);
        if (!time || at < DateTimeOffset.UnixEpoch) return $"\"{text}\" is no time; {Forms}";
        unixMs = at.ToUnixTimeMilliseconds();
        return null;
    }

    /// <summary>RFC 3339 in UTC with milliseconds.</summary>
    public static string Text(long unixMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string? FromSeconds(long seconds, out long unixMs)
    {
        bool legal = seconds is > 0 and <= Limits.UnixSecondsMax;
        unixMs = legal ? seconds * 1000 : 0;
        return legal ? null : $"{seconds} is no time in seconds; {Forms}";
    }

    // RFC 3339 §5.6, date-time.
    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$")]
    private static partial Regex Rfc3339();
}

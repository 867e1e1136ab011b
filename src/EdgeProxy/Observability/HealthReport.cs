using System.Text.Json;

namespace EdgeProxy.Observability;

/// <summary>
/// The health answer: the worst part decides. {"status":"yellow","parts":[{"name":…,"status":…,"reason":…}],"version":"1.2.3"}
/// </summary>
internal static class HealthReport
{
    private static readonly string Version = typeof(HealthReport).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public static HealthColour Overall(IReadOnlyList<HealthPart> parts)
    {
        var worst = HealthColour.Green;
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i].Colour > worst)
            {
                worst = parts[i].Colour;
            }
        }
        return worst;
    }

    public static void WriteTo(Utf8JsonWriter json, IReadOnlyList<HealthPart> parts)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, Word(Overall(parts)));
        json.WriteStartArray("parts"u8);
        for (var i = 0; i < parts.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, parts[i].Name);
            json.WriteString("status"u8, Word(parts[i].Colour));
            json.WriteString("reason"u8, parts[i].Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("version"u8, Version);
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> Word(HealthColour colour) => colour switch
    {
        HealthColour.Green => "green"u8,
        HealthColour.Yellow => "yellow"u8,
        _ => "red"u8,
    };
}

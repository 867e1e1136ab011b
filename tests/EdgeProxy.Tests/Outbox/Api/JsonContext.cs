using System.Text.Json.Serialization;

namespace EdgeProxy.Tests.Outbox.Api;

/// <summary>Serializes without reflection, which the program switches off.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class JsonContext : JsonSerializerContext;

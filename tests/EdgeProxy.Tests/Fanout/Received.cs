namespace EdgeProxy.Tests.Fanout;

/// <summary>One request as a consumer saw it.</summary>
internal sealed record Received(byte[] Body, string Text, string? Secret, string? Attempt, string? Bot, string? ContentType, long UnixMs);

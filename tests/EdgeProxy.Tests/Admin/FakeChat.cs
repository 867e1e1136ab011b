using System.Collections.Concurrent;

namespace EdgeProxy.Tests.Admin;

/// <summary>A group of the stand-in.</summary>
internal sealed record FakeChat(long Id, string Title, DateTimeOffset CreatedAt)
{
    public int Photos;

    public ConcurrentDictionary<string, string> Admins { get; } = new();

    /// <summary>By random_id.</summary>
    public ConcurrentDictionary<string, string> Topics { get; } = new();

    /// <summary>Bodies by random_id.</summary>
    public ConcurrentDictionary<string, string> Messages { get; } = new();
}

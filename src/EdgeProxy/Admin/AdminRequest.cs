using EdgeProxy.Bots;

namespace EdgeProxy.Admin;

/// <summary>A call of the admin API by somebody who may make it.</summary>
/// <param name="Context">The exchange.</param>
/// <param name="Key">Who calls.</param>
/// <param name="IdempotencyKey">Empty where none is needed.</param>
internal sealed record AdminRequest(HttpContext Context, ApiKey Key, string IdempotencyKey)
{
    public CancellationToken Aborted => Context.RequestAborted;

    public string Route(string name) => Context.Request.RouteValues[name] as string ?? "";

    public string? Query(string name) => Context.Request.Query[name] is [{ Length: > 0 } value] ? value : null;
}

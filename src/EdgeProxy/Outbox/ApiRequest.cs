using EdgeProxy.Bots;

namespace EdgeProxy.Outbox;

/// <summary>A call of the message API by somebody who may make it.</summary>
internal sealed record ApiRequest(HttpContext Context, ApiKey Key)
{
    /// <summary>The id in the path; false when it has not the form of one.</summary>
    public bool TryGetId(out MessageId id) => MessageId.TryParse(Context.Request.RouteValues["id"] as string, out id);
}

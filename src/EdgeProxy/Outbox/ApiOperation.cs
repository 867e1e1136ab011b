using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>One operation of the message API. The routes and the OpenAPI document are both made from the list of these, so they cannot part.</summary>
/// <param name="Method">GET, POST or DELETE.</param>
/// <param name="Path">Route pattern; {id} is the only variable.</param>
/// <param name="Scope">What the key must be allowed; None asks for no key at all.</param>
/// <param name="Id">operationId.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Handle">Answers, or returns the problem to answer with.</param>
internal sealed record ApiOperation(string Method, string Path, ApiScope Scope, string Id, string Summary, Func<ApiRequest, Task<Problem?>> Handle)
{
    /// <summary>Request bodies by media type: the name of a schema.</summary>
    public IReadOnlyList<(string MediaType, string Schema)> Bodies { get; init; } = [];

    /// <summary>Successful answers: status, what it means, schema.</summary>
    public IReadOnlyList<(int Status, string Meaning, string Schema)> Answers { get; init; } = [];

    /// <summary>Statuses of problem details beyond those that every operation has.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];

    /// <summary>Query parameters; any other is refused.</summary>
    public IReadOnlyList<ApiParameter> Query { get; init; } = [];

    /// <summary>Takes an Idempotency-Key header.</summary>
    public bool Idempotent { get; init; }
}

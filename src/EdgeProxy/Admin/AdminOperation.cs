using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>One operation of the admin API. The routes and their description are both made from the list of these, so they cannot part.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Route pattern.</param>
/// <param name="Id">operationId.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Handle">Answers, or returns the problem to answer with.</param>
internal sealed record AdminOperation(string Method, string Path, string Id, string Summary, Func<AdminRequest, Task<Problem?>> Handle)
{
    /// <summary>Media type and schema of the body; null without one.</summary>
    public (string MediaType, string Schema)? Body { get; init; }

    /// <summary>Media type and schema of the answer.</summary>
    public (string MediaType, string Schema) Answer { get; init; } = ("application/json", "Any");

    /// <summary>Answers 202 with a job, or 200 with the earlier one of the same key.</summary>
    public bool MakesJob { get; init; }

    /// <summary>Query parameters; any other is refused.</summary>
    public IReadOnlyList<AdminParameter> Query { get; init; } = [];

    /// <summary>Needs an Idempotency-Key header: every POST, and whatever makes a job.</summary>
    public bool NeedsKey => MakesJob || Method == "POST";
}

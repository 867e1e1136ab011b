using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// The admin API, /v1/admin. A call goes through:
/// 1. the key (401) and its scope admin (403);
/// 2. is MTProto configured at all (501);
/// 3. the query parameters, which the operation must know, and the Idempotency-Key where one is needed (400);
/// 4. the operation.
/// </summary>
internal sealed partial class AdminEndpoint
{
    private const string Root = "/v1/admin";
    private readonly ApiKeyRing _keys;
    private readonly ILogger _logger;
    private readonly bool _isOn;

    /// <param name="keys">Who may call.</param>
    /// <param name="host">The room; null when MTProto is not configured.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Takes failures of our own.</param>
    public AdminEndpoint(ApiKeyRing keys, AdminHost? host, TimeProvider time, ILogger logger)
    {
        (_keys, _logger, _isOn) = (keys, logger, host is not null);
        if (host is null) return;
        var jobs = new JobDesk(host);
        Operations =
        [
            .. new AccountEndpoint(host.Client).Operations(Root),
            .. new GroupEndpoint(host, jobs).Operations(Root),
            .. new TopicEndpoint(host, jobs).Operations(Root),
            .. new MemberEndpoint(host, jobs, time).Operations(Root),
            .. new FileEndpoint(host, jobs, time).Operations(Root),
            .. new JobEndpoint(host, time).Operations(Root),
        ];
    }

    /// <summary>All operations: what is mapped and what is described. None when MTProto is not configured.</summary>
    public IReadOnlyList<AdminOperation> Operations { get; } = [];

    public void Map(IEndpointRouteBuilder app)
    {
        foreach (AdminOperation operation in Operations)
        {
            app.MapMethods(operation.Path, [operation.Method], (RequestDelegate)(context => AnswerAsync(context, operation)));
        }

        if (!_isOn) app.Map(Root + "/{**rest}", (RequestDelegate)(context => (Admit(context, out _) ?? AdminProblems.Off).WriteAsync(context)));
    }

    /// <summary>Writes the paths (true) or the schemas (false) of this API into the installation's OpenAPI document.</summary>
    public void Describe(Utf8JsonWriter json, bool paths)
    {
        if (paths) AdminOpenApi.WritePaths(json, Operations);
        else if (_isOn) AdminSchemas.Write(json);
    }

    private async Task AnswerAsync(HttpContext context, AdminOperation operation)
    {
        Problem? problem;
        try
        {
            string idempotencyKey = "";
            problem = Admit(context, out ApiKey? key) ?? Check(context, operation, out idempotencyKey);

            // 4. Operation
            problem ??= await operation.Handle(new AdminRequest(context, key!, idempotencyKey));
        }
        catch (Exception exception) when (exception is not (IOException or OperationCanceledException) && !context.Response.HasStarted)
        {
            LogBroken(_logger, exception, operation.Id);
            problem = new Problem(StatusCodes.Status500InternalServerError, "EdgeProxy failed", "its log says how; look at the jobs before you repeat it");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The caller is gone, or we stop: nobody to answer.
            context.Abort();
            return;
        }

        AdminMetrics.Answered(operation.Id, problem?.Status ?? context.Response.StatusCode);
        if (problem is null) return;
        // What was not read of a body would cost the caller his answer: within the bound Kestrel takes it in.
        BoundedBody.Unbound(context);
        await problem.WriteAsync(context);
    }

    // 1. Key and scope
    private Problem? Admit(HttpContext context, out ApiKey? key)
    {
        key = _keys.Find(context.Request.Headers.Authorization);
        if (key is null) context.Response.Headers.WWWAuthenticate = "Bearer";
        return key is null ? AdminProblems.Unauthorized : key.Allows(ApiScope.Admin) ? null : AdminProblems.MissingScope;
    }

    // 3. Query and key
    private static Problem? Check(HttpContext context, AdminOperation operation, out string idempotencyKey)
    {
        idempotencyKey = "";
        foreach (string name in context.Request.Query.Keys)
        {
            if (operation.Query.Any(known => known.Name == name)) continue;
            string all = operation.Query.Count == 0 ? "none" : string.Join(", ", operation.Query.Select(known => known.Name));
            return AdminProblems.Unknown(name, all);
        }

        if (!operation.NeedsKey) return null;
        idempotencyKey = context.Request.Headers["Idempotency-Key"].ToString();
        bool fits = idempotencyKey.Length is > 0 and <= Limits.IdempotencyKeyCharsMax && idempotencyKey.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;
        return fits ? null : AdminProblems.NoKey;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The admin API failed in {Operation}")]
    private static partial void LogBroken(ILogger logger, Exception exception, string operation);
}

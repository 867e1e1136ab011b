using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// The message API. A call goes through:
/// 1. the key (401) and its scope (403);
/// 2. the query parameters, which the operation must know (400);
/// 3. the operation.
/// </summary>
internal sealed partial class MessagesEndpoint
{
    private readonly ApiKeyRing _keys;
    private readonly ILogger _logger;
    private readonly Lazy<OpenApiDocument> _document;

    public MessagesEndpoint(
        BotRegistry bots, ApiKeyRing keys, IOutboxStore store, UploadFolder uploads, MessageApiSettings settings, TimeProvider time, ILogger logger,
        IReadOnlyList<Action<Utf8JsonWriter, bool>>? more = null)
    {
        (_keys, _logger) = (keys, logger);
        var access = new BotAccess(bots);
        var json = new MessageJson(access);
        var check = new MessageCheck(access, settings, time);
        List<ApiOperation> operations =
        [
            .. new MessagePostEndpoint(check, store, uploads).Operations,
            .. new MessageLookEndpoint(access, json, store).Operations,
            .. new MessageDecideEndpoint(access, json, store).Operations,
            .. new BroadcastEndpoint(access, check, store, settings).Operations,
            .. new CallbackLookEndpoint(access, json, store).Operations,
        ];
        operations.Add(new ApiOperation("GET", "/openapi.json", ApiScope.None, "describeApi", "This document.", DescribeAsync)
        {
            Answers = [(StatusCodes.Status200OK, "The description of this API.", "Any")],
        });
        Operations = operations;
        _document = new Lazy<OpenApiDocument>(() => new OpenApiDocument(operations, more ?? []));
    }

    /// <summary>All operations: what is mapped and what is described.</summary>
    public IReadOnlyList<ApiOperation> Operations { get; }

    public void Map(IEndpointRouteBuilder app)
    {
        foreach (ApiOperation operation in Operations)
        {
            app.MapMethods(operation.Path, [operation.Method], (RequestDelegate)(context => AnswerAsync(context, operation)));
        }

        app.Map("/v1/{**rest}", (RequestDelegate)(context => ApiProblems.NoOperation.WriteAsync(context)));
    }

    private async Task AnswerAsync(HttpContext context, ApiOperation operation)
    {
        Problem? problem;
        ApiKey? key = null;
        try
        {
            // 3. Operation
            problem = Admit(context, operation, out key) ?? await operation.Handle(new ApiRequest(context, key!));
        }
        catch (NpgsqlException exception) when (PostgresDatabase.IsOutage(exception) && !context.Response.HasStarted)
        {
            // The database has reported it already.
            problem = ApiProblems.Away;
        }
        catch (Exception exception) when (exception is not (IOException or OperationCanceledException) && !context.Response.HasStarted)
        {
            LogBroken(_logger, exception, operation.Id);
            problem = new Problem(
                StatusCodes.Status500InternalServerError, "EdgeProxy failed", "its log says how; look the message up before posting it again");
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The caller is gone or sent broken frames: nobody to answer, and no fault of ours that the log should show.
            context.Abort();
            return;
        }

        int status = problem?.Status ?? context.Response.StatusCode;
        MessageApiMetrics.Answered(operation.Id, status, key?.Name ?? "");
        if (problem is null) return;
        if (problem.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        await problem.WriteAsync(context);
    }

    private Problem? Admit(HttpContext context, ApiOperation operation, out ApiKey? key)
    {
        key = null;

        // 1. Key and scope
        if (operation.Scope != ApiScope.None)
        {
            key = _keys.Find(context.Request.Headers.Authorization);
            if (key is null) return ApiProblems.Unauthorized;
            if (!key.Allows(operation.Scope)) return ApiProblems.MissingScope(operation.Scope);
        }

        // 2. Query
        foreach (string name in context.Request.Query.Keys)
        {
            if (operation.Query.Any(known => known.Name == name)) continue;
            string all = operation.Query.Count == 0 ? "none" : string.Join(", ", operation.Query.Select(known => known.Name));
            return ApiProblems.Unknown(name, all);
        }

        return null;
    }

    private async Task<Problem?> DescribeAsync(ApiRequest request)
    {
        request.Context.Response.ContentType = "application/json; charset=utf-8";
        await request.Context.Response.BodyWriter.WriteAsync(_document.Value.Json, request.Context.RequestAborted);
        return null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The message API failed in {Operation}")]
    private static partial void LogBroken(ILogger logger, Exception exception, string operation);
}

using System.Globalization;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>GET /v1/callbacks/dead: status call-backs that were given up.</summary>
internal sealed class CallbackLookEndpoint(BotAccess access, MessageJson shown, IOutboxStore store)
{
    public IReadOnlyList<ApiOperation> Operations =>
    [
        new("GET", "/v1/callbacks/dead", ApiScope.Read, "listDeadCallbacks", "Status call-backs that were given up, newest first.", ListAsync)
        {
            Query = [new("limit", "integer", $"1 to {Limits.OutboxPageMax}; 100 when absent.")],
            Answers = [(StatusCodes.Status200OK, "Those of the bots that the key serves.", "DeadCallbacks")],
            Problems = [400],
        },
    ];

    private async Task<Problem?> ListAsync(ApiRequest request)
    {
        if (MessageLookEndpoint.Limit(request.Context.Request.Query["limit"], out int limit) is { } problem) return problem;
        if (access.Limit(request.Key, null, out IReadOnlyList<long> botIds) is { } foreign) return foreign;
        IReadOnlyList<CallbackRecord> dead = await store.DeadCallbacksAsync(botIds, limit);
        await MessageJson.AnswerAsync(request.Context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray("callbacks"u8);
            foreach (CallbackRecord callback in dead)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, callback.Number.ToString(CultureInfo.InvariantCulture));
                json.WriteString("url"u8, callback.Url.AbsoluteUri);
                json.WriteNumber("failures"u8, callback.Failures);
                json.WritePropertyName("message"u8);
                shown.Write(json, callback.Message, whole: false);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
        return null;
    }
}

using EdgeProxy.Bots;
using EdgeProxy.Primitives;

namespace EdgeProxy.Outbox;

/// <summary>
/// POST /v1/messages and its short form: a message is taken.
/// 1. The body is read within its bound; uploaded files go to disk as they come (413, 415).
/// 2. Every field is right by itself (400), and all together (400, 403).
/// 3. It is stored. 202 with its id once it is on disk; 200 with the earlier id for a repetition under its key, 409 for another request under it.
/// </summary>
internal sealed class MessagePostEndpoint(MessageCheck check, IOutboxStore store, UploadFolder uploads)
{
    private const string Json = "application/json";
    private const string Form = "application/x-www-form-urlencoded";
    private const string Multipart = "multipart/form-data";

    public IReadOnlyList<ApiOperation> Operations =>
    [
        Post("/v1/messages", "postMessage", "Takes a message: 202 once it is on disk.") with
        {
            Bodies = [(Json, "Message"), (Multipart, "MessageUpload"), (Form, "MessageForm")],
        },
        Post("/send_message", "sendMessage", "The short form: chat_id and text, as JSON or a form.") with
        {
            Bodies = [(Json, "Message"), (Form, "MessageForm"), (Multipart, "MessageUpload")],
        },
    ];

    private ApiOperation Post(string path, string id, string summary) => new("POST", path, ApiScope.Send, id, summary, PostAsync)
    {
        Answers =
        [
            (StatusCodes.Status202Accepted, "On disk: it will be sent, and its state can be asked for.", "Accepted"),
            (StatusCodes.Status200OK, "The same request came before under this key; this is that message.", "Accepted"),
        ],
        Problems = [400, 409, 413, 415, 503],
        Idempotent = true,
    };

    private async Task<Problem?> PostAsync(ApiRequest request)
    {
        // 1. Body
        HttpContext context = request.Context;
        string type = ApiBody.MediaType(context);
        if (type == Multipart) return await PostMultipartAsync(request);
        if (type is not (Json or Form)) return ApiProblems.MediaType($"{Json}, {Form} or {Multipart}");
        (byte[] body, Problem? problem) = await ApiBody.ReadAsync(context, Limits.CallBytesMax);
        if (problem is not null) return problem;
        if (type == Form)
        {
            if (ApiBody.FormToJson(body) is not { } fields) return ApiProblems.NotUtf8;
            body = fields;
        }

        return await TakeAsync(request, body, []);
    }

    private async Task<Problem?> PostMultipartAsync(ApiRequest request)
    {
        await using var upload = new UploadRequest(uploads);
        if (await upload.ReadAsync(request.Context) is { } problem) return problem;
        problem = await TakeAsync(request, upload.Message, upload.Files, upload);
        return problem;
    }

    private async Task<Problem?> TakeAsync(ApiRequest request, byte[] body, IReadOnlyList<StoredUpload> files, UploadRequest? upload = null)
    {
        // 2. Fields
        using var draft = new MessageDraft();
        if (MessageReader.Read(body, broadcast: false, draft) is { } wrong) return wrong;
        if (check.Message(request, draft, files, out NewMessage? message) is { } unfit) return unfit;

        // 3. Store
        Acceptance acceptance = await store.AcceptAsync(message!);
        if (acceptance.Outcome == AcceptOutcome.Accepted) upload?.Keep();
        if (acceptance.Outcome == AcceptOutcome.Unavailable) return ApiProblems.Unavailable;
        if (acceptance.Outcome == AcceptOutcome.Conflict) return KeyTaken(acceptance.Id);
        await AnswerAsync(request.Context, acceptance);
        return null;
    }

    /// <summary>409: the key belongs to another request.</summary>
    public static Problem KeyTaken(MessageId id) => new(
        StatusCodes.Status409Conflict,
        "The idempotency key is taken",
        $"another request came under it and became {id}; repeat that request as it was, or use a new key for this one",
        "idempotency_key");

    private static Task AnswerAsync(HttpContext context, Acceptance acceptance)
    {
        string id = acceptance.Id.ToString();
        context.Response.Headers.Location = "/v1/messages/" + id;
        int status = acceptance.Outcome == AcceptOutcome.Accepted ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        return MessageJson.AnswerAsync(context, status, json =>
        {
            json.WriteString("id"u8, id);
            json.WriteString("status"u8, StateNames.Of(acceptance.State));
        });
    }
}

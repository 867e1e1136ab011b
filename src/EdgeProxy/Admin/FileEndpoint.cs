using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using EdgeProxy.Primitives;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace EdgeProxy.Admin;

/// <summary>
/// Files up to 2,000 MiB. To send one: POST …/files says where it goes and makes the job; PUT …/files/{id}/content brings the bytes, which go on to
/// Telegram as they come, and may be continued from the job's progress when it breaks off; then the job sends the message. To fetch one: GET with Range.
/// </summary>
internal sealed class FileEndpoint(AdminHost host, JobDesk jobs, TimeProvider time)
{
    private static readonly string[] Forms = ["document", "photo", "video", "audio"];
    private readonly FileDownload _download = new(host, time);

    public IEnumerable<AdminOperation> Operations(string root) =>
    [
        new("POST", $"{root}/files", "sendFile", "Begins to send a file; its bytes follow with PUT.", CreateAsync)
        {
            MakesJob = true,
            Body = ("application/json", "AdminNewFile"),
        },
        new("PUT", $"{root}/files/{{id}}/content", "putContent", "The file's bytes, from the header Upload-Offset on (0 when absent).", PutAsync)
        {
            Body = ("application/octet-stream", "AdminBytes"),
            Answer = ("application/json", "AdminJob"),
        },
        new("GET", $"{root}/groups/{{chat}}/messages/{{message}}/file", "getFile", "The file of a message; takes one Range.", GetAsync)
        {
            Query = [GroupEndpoint.AccountParameter],
            Answer = ("application/octet-stream", "AdminBytes"),
        },
        new("HEAD", $"{root}/groups/{{chat}}/messages/{{message}}/file", "headFile", "Its headers alone.", GetAsync)
        {
            Query = [GroupEndpoint.AccountParameter],
        },
    ];

    private async Task<Problem?> CreateAsync(AdminRequest request)
    {
        (BodyFields? fields, byte[] hash, Problem? problem) = await jobs.ReadAsync(request);
        if (fields is null) return problem;
        string? account = jobs.Account(fields);
        string? chat = fields.Chat("chat_id", required: true);
        string? name = fields.Text("name", 255, required: true);
        long? size = fields.Integer("size", 1, Limits.AdminFileBytesMax, required: true);
        long? topic = fields.Integer("topic_id", 1, int.MaxValue);
        string? type = fields.Text("mime_type", 127);
        string? form = fields.Text("as", 16);
        if (form is not null && !Forms.Contains(form)) fields.Wrong<string>("as", $"is none of {string.Join(", ", Forms)}");
        string? caption = fields.Text("caption", 4096);
        bool silent = fields.Flag("silent") ?? false;
        if (fields.End() is { } wrong) return wrong;
        // Telegram's name for the parts. In the job's own rows, so that every repetition uses the same.
        string fileId = BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(8)).ToString(CultureInfo.InvariantCulture);
        string send = AdminJson.Text(json =>
        {
            json.WriteString("text", caption ?? "");
            if (topic is { } thread) json.WriteNumber("topic_id", thread);
            if (silent) json.WriteBoolean("silent", true);
            json.WriteStartObject("file");
            json.WriteString("file_id", fileId);
            json.WriteNumber("size", size!.Value);
            json.WriteString("name", name);
            if (!string.IsNullOrEmpty(type)) json.WriteString("mime_type", type);
            if (form is not null) json.WriteString("as", form);
            json.WriteEndObject();
        });
        var receive = new NewStep(StepKind.ReceiveFile, name!, fileId) { Memo = new UploadProgress(0, size!.Value).ToString() };
        return await jobs.TakeAsync(request, new NewJob(JobKind.SendFile, account!, chat, [receive, new NewStep(StepKind.SendFile, name!, send)]), hash);
    }

    private async Task<Problem?> PutAsync(AdminRequest request)
    {
        HttpContext context = request.Context;
        if (!AdminJobId.TryParse(request.Route("id"), out AdminJobId id) || await host.Store.FindAsync(id) is not { Kind: JobKind.SendFile } job)
        {
            return AdminProblems.NoJob;
        }

        long offset = 0;
        string header = context.Request.Headers["Upload-Offset"].ToString();
        if (header.Length > 0 && !long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out offset))
        {
            return AdminProblems.Field("Upload-Offset", "must be a number of bytes");
        }

        BoundedBody.Unbound(context);
        // As slow as Telegram takes it, and as the caller's line brings it.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate) rate.MinDataRate = null;
        SidecarReply? refused = null;
        Problem? problem = await host.Uploads.ReceiveAsync(job, offset, context.Request.Body, reply => refused = reply, request.Aborted);
        if (refused is not null) return await AdminBody.RelayAsync(context, refused);
        if (await host.Store.FindAsync(id) is not { } now) return AdminProblems.NoJob;
        if (UploadProgress.Read(now.Steps[0].Memo) is { } progress)
        {
            context.Response.Headers["Upload-Offset"] = progress.Bytes.ToString(CultureInfo.InvariantCulture);
        }

        if (problem is not null) return problem;
        await AdminBody.AnswerAsync(context, StatusCodes.Status200OK, AdminJson.Bytes(json => AdminJson.WriteJob(json, now)));
        return null;
    }

    private async Task<Problem?> GetAsync(AdminRequest request)
    {
        if (jobs.Account(request, out string account) is { } problem) return problem;
        string chat = request.Route("chat");
        if (!SidecarPath.IsChat(chat)) return GroupEndpoint.BadChat;
        bool isId = int.TryParse(request.Route("message"), NumberStyles.None, CultureInfo.InvariantCulture, out int message) && message > 0;
        if (!isId) return AdminProblems.Field("message", "must be a message_id of the Bot API");
        string path = string.Create(CultureInfo.InvariantCulture, $"{SidecarPath.Chat(account, chat)}/messages/{message}/file");
        return await _download.SendAsync(request.Context, path);
    }
}

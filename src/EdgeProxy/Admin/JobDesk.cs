using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>Takes jobs in for the endpoints: account, key, store, wake, answer.</summary>
internal sealed class JobDesk(AdminHost host)
{
    /// <summary>The body's fields, and the hash of the request by which it is known again.</summary>
    public async Task<(BodyFields? Fields, byte[] Hash, Problem? Problem)> ReadAsync(AdminRequest request)
    {
        (byte[] body, Problem? problem) = await AdminBody.ReadAsync(request.Context, Limits.AdminBodyBytesMax);
        if (problem is not null) return (null, [], problem);
        HttpRequest http = request.Context.Request;
        byte[] head = Encoding.UTF8.GetBytes($"{http.Method} {http.Path}{http.QueryString}\n");
        byte[] hash = SHA256.HashData([.. head, .. body]);
        BodyFields? fields = BodyFields.Parse(body.Length == 0 ? "{}"u8.ToArray() : body, out problem);
        return (fields, hash, problem);
    }

    /// <summary>The account that is named, or the configured one; null and a problem when there is none or its name has not the form of one.</summary>
    public string? Account(BodyFields fields)
    {
        string? account = fields.Text("account", 32) ?? host.Settings.DefaultAccount;
        if (account is null) return fields.Wrong<string>("account", "is missing: Mtproto:DefaultAccount is not set");
        return SidecarPath.IsAccount(account) ? account : fields.Wrong<string>("account", "must be 1 to 32 of a–z 0–9 _ -");
    }

    /// <summary>The same from the query.</summary>
    public Problem? Account(AdminRequest request, out string account)
    {
        account = request.Query("account") ?? host.Settings.DefaultAccount ?? "";
        if (account.Length == 0) return AdminProblems.Field("account", "is missing: Mtproto:DefaultAccount is not set");
        return SidecarPath.IsAccount(account) ? null : AdminProblems.Field("account", "must be 1 to 32 of a–z 0–9 _ -");
    }

    /// <summary>Stores the job and answers 202, or 200 for a repetition.</summary>
    public async Task<Problem?> TakeAsync(AdminRequest request, NewJob job, byte[] hash)
    {
        JobAcceptance acceptance =
            await host.Store.AcceptAsync(job with { Caller = request.Key.Name, IdempotencyKey = request.IdempotencyKey, RequestHash = hash });
        switch (acceptance.Outcome)
        {
            case JobAcceptOutcome.Conflict:
                return AdminProblems.KeyTaken(acceptance.Id);
            case JobAcceptOutcome.Full:
                return AdminProblems.Full;
            case JobAcceptOutcome.Unavailable:
                return AdminProblems.Unavailable;
            case JobAcceptOutcome.Accepted:
                host.Wake(job.Account);
                break;
        }

        if (await host.Store.FindAsync(acceptance.Id) is not { } stored) return AdminProblems.NoJob;
        request.Context.Response.Headers.Location = $"/v1/admin/jobs/{acceptance.Id}";
        int status = acceptance.Outcome == JobAcceptOutcome.Accepted ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        await AdminBody.AnswerAsync(request.Context, status, AdminJson.Bytes(json => AdminJson.WriteJob(json, stored)));
        return null;
    }
}

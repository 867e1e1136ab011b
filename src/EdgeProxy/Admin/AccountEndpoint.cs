using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// Accounts: passed through to the MTProto process, which keeps the sessions. Nothing of a body or an answer is stored or logged here. Every call is
/// repeatable by itself; the Idempotency-Key is asked for because every POST has one.
/// </summary>
internal sealed class AccountEndpoint(SidecarClient client)
{
    public IEnumerable<AdminOperation> Operations(string root) =>
    [
        new("GET", $"{root}/accounts", "listAccounts", "Every account, without any secret.", request => PassAsync(request, HttpMethod.Get, ""))
        {
            Answer = ("application/json", "AdminAccounts"),
        },
        new("POST", $"{root}/accounts", "importAccount", "Imports a Telethon StringSession.", request => PassAsync(request, HttpMethod.Post, ""))
        {
            Body = ("application/json", "AdminImport"),
            Answer = ("application/json", "AdminAccount"),
        },
        new("GET", $"{root}/accounts/{{account}}", "getAccount", "One account; check=true asks Telegram first.", GetAsync)
        {
            Query = [new("check", "boolean", "Ask Telegram whether the session still holds.")],
            Answer = ("application/json", "AdminAccount"),
        },
        new("DELETE", $"{root}/accounts/{{account}}", "forgetAccount", "Deletes it here without logging out at Telegram.", On(HttpMethod.Delete, "")),
        new("POST", $"{root}/accounts/{{account}}/login", "startLogin", "Sends a login code to the phone.", On(HttpMethod.Post, "/login"))
        {
            Body = ("application/json", "AdminPhone"),
            Answer = ("application/json", "AdminLogin"),
        },
        new("POST", $"{root}/accounts/{{account}}/login/code", "loginCode", "The code that came.", On(HttpMethod.Post, "/login/code"))
        {
            Body = ("application/json", "AdminCode"),
            Answer = ("application/json", "AdminLogin"),
        },
        new("POST", $"{root}/accounts/{{account}}/login/password", "loginPassword", "Two-step verification.", On(HttpMethod.Post, "/login/password"))
        {
            Body = ("application/json", "AdminPassword"),
            Answer = ("application/json", "AdminLogin"),
        },
        new("DELETE", $"{root}/accounts/{{account}}/login", "cancelLogin", "Gives a login up.", On(HttpMethod.Delete, "/login")),
        new("POST", $"{root}/accounts/{{account}}/export", "exportAccount", "The session: whoever holds it is the user.", On(HttpMethod.Post, "/export"))
        {
            Answer = ("application/json", "AdminSession"),
        },
        new("POST", $"{root}/accounts/{{account}}/revoke", "revokeAccount", "Logs out at Telegram and deletes it here.", On(HttpMethod.Post, "/revoke")),
    ];

    private Func<AdminRequest, Task<Problem?>> On(HttpMethod method, string rest) => request =>
    {
        string account = request.Route("account");
        return SidecarPath.IsAccount(account) ? PassAsync(request, method, $"/{account}{rest}") : Task.FromResult<Problem?>(BadName);
    };

    private Task<Problem?> GetAsync(AdminRequest request)
    {
        string? check = request.Query("check");
        if (check is not (null or "true" or "false")) return Task.FromResult<Problem?>(AdminProblems.Field("check", "must be true or false"));
        return On(HttpMethod.Get, check == "true" ? "?check=true" : "")(request);
    }

    private static Problem BadName => AdminProblems.Field("account", "must be 1 to 32 of a–z 0–9 _ -");

    private async Task<Problem?> PassAsync(AdminRequest request, HttpMethod method, string rest)
    {
        (byte[] body, Problem? problem) = await AdminBody.ReadAsync(request.Context, Limits.AdminSmallBodyBytesMax);
        if (problem is not null) return problem;
        SidecarReply reply = await client.CallAsync(method, SidecarPath.Accounts + rest, body, request.Aborted);
        return await AdminBody.RelayAsync(request.Context, reply);
    }
}
